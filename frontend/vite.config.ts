import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

/** Relative addresses everywhere: the page works under any sub-path and as plain files. */
export default defineConfig({
  base: "./",
  plugins: [svelte(), svelteTesting()],
  build: {
    outDir: "dist",
    target: "es2022",
    // What the first view shares with what is loaded later: one file, not one for each way of sharing.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } } },
  },
  // What draws on the device lies in a folder of its own: a site keeps it for offline only once it is asked for.
  worker: {
    format: "es",
    rolldownOptions: {
      output: { entryFileNames: "engine/[name]-[hash].js", assetFileNames: "engine/[name]-[hash][extname]" },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: {
    environment: "node",
    pool: "threads",
    isolate: false,
    testTimeout: 30_000,
    include: ["src/**/*.test.ts"],
  },
});
