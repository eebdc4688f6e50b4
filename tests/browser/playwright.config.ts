import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { defineConfig } from "@playwright/test";

const root = resolve(__dirname, "../..");
const chromium = "/usr/bin/chromium";
const virtual_python = join(root, ".venv/bin/python");
export const python = process.env.PYTHON ?? (existsSync(virtual_python) ? virtual_python : "python3");

/** One server that draws with the embedded model, one that only replays the gallery; both keep nothing. */
const first_port = Number(process.env.BROWSER_TEST_PORT ?? 8641);
const ports = {
  live: first_port,
  replay: first_port + 1,
  exported: first_port + 2,
};
const subpath = "course/diffusion";
const hosted = join(tmpdir(), `diffusion-explainer-site-${ports.exported}`);
/** The folder of the exported site. */
export const exported = join(hosted, subpath);

function server(port: number, ...options: string[]) {
  return {
    command: [
      python,
      "-m diffusion_explainer serve --port",
      port,
      "--threads 1 --store $(mktemp -d)",
      ...options,
    ].join(" "),
    url: `http://127.0.0.1:${port}/healthz`,
    cwd: root,
    env: {
      PYTHONPATH: join(root, "backend"),
      OMP_WAIT_POLICY: "passive",
      OMP_NUM_THREADS: "1",
    },
    timeout: 300_000,
  };
}

/** The exported site below a path of a plain file server, which knows nothing of it. */
function fileServer(port: number) {
  return {
    ...server(port),
    command: `${python} -m diffusion_explainer export ${exported} && exec ${python} -m http.server ${port} --bind 127.0.0.1 --directory ${hosted}`,
    url: `http://127.0.0.1:${port}/${subpath}/`,
  };
}

export default defineConfig({
  testDir: __dirname,
  outputDir: join(tmpdir(), "diffusion-explainer-browser"),
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: "list",
  use: {
    baseURL: `http://127.0.0.1:${ports.live}/`,
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: existsSync(chromium) ? chromium : undefined,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
  projects: [
    { name: "live", testIgnore: ["replay.spec.ts", "exported.spec.ts"] },
    {
      name: "replay",
      testMatch: "replay.spec.ts",
      use: { baseURL: `http://127.0.0.1:${ports.replay}/` },
    },
    {
      name: "exported",
      testMatch: ["replay.spec.ts", "exported.spec.ts", "sharing.spec.ts"],
      use: { baseURL: `http://127.0.0.1:${ports.exported}/${subpath}/` },
    },
  ],
  webServer: [
    { ...server(ports.live), url: `http://127.0.0.1:${ports.live}/readyz` },
    server(ports.replay, "--replay"),
    fileServer(ports.exported),
  ],
});
