import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

const [, replay] = tests.webServer as { command: string; url: string }[];

/** The benchmarks of the page, on stored runs: they print, and assert nothing about time. */
export default defineConfig({
  ...tests,
  projects: [
    {
      name: "bench",
      testMatch: "*.bench.ts",
      use: { baseURL: new URL(".", replay!.url).href },
    },
  ],
  webServer: [replay!],
});
