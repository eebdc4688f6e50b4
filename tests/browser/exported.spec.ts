import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { ExplorerPage } from "./page";
import { exported, python } from "./playwright.config";

const first_view = { requests: 15, bytes: 1_200_000 };
const exploring_requests = 10;

/** What the page fetches from now on: addresses, and bytes as they crossed the wire. */
function watchTraffic(page: Page) {
  const traffic = { addresses: [] as string[], bytes: 0 };
  page.on("requestfinished", async (request) => {
    if (!request.url().startsWith("http")) return;
    traffic.addresses.push(request.url());
    const { responseBodySize, responseHeadersSize } = await request.sizes();
    traffic.bytes += responseBodySize + responseHeadersSize;
  });
  return traffic;
}

function fileName(address: string): string {
  return address.split("/").at(-1)!;
}

/** Presses a key at every step of the run. */
async function scrub(page: Page, explorer: ExplorerPage): Promise<void> {
  await page.keyboard.press("Home");
  const [, rows] = await explorer.step();
  for (let step = 1; step < rows; step++) await page.keyboard.press("ArrowRight");
}

test("the first view is light, and exploring the run takes little more", async ({ browser, baseURL }) => {
  // Without the service worker, which fetches all parts of the page beforehand, in its own time.
  const context = await browser.newContext({
    baseURL,
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  const traffic = watchTraffic(page);
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.waitForLoadState("networkidle");
  const first = { requests: traffic.addresses.length, bytes: traffic.bytes };
  console.log(
    `first view: ${first.requests} requests, ${Math.round(first.bytes / 1000)} kB: ${traffic.addresses.map(fileName).join(" ")}`,
  );
  expect(first.requests).toBeLessThanOrEqual(first_view.requests);
  expect(first.bytes).toBeLessThanOrEqual(first_view.bytes);

  await scrub(page, explorer);
  await page.getByRole("radio", { name: /Now/ }).first().click();
  for (const station of await page
    .getByRole("button", { name: /^Open (Text|Starting|Cross|Image|Decoder)/ })
    .all()) {
    await station.click();
    await expect(page.getByRole("radio", { name: /Mechanism/ })).toBeChecked();
    const formula = page.getByRole("radio", { name: /Formula/ });
    if ((await formula.count()) > 0 && (await formula.isEnabled())) await formula.check();
    await explorer.film.press("ArrowLeft");
    await page.getByRole("button", { name: "One level back (Escape)" }).click();
    if ((await formula.count()) > 0)
      await page.getByRole("button", { name: "One level back (Escape)" }).click();
  }
  await page.waitForLoadState("networkidle");
  const further = traffic.addresses.slice(first.requests);
  // Beside the run, its stations show other runs: neighbouring seeds, a prompt that is worded alike.
  const own = new URL(traffic.addresses.find((address) => address.endsWith("trace.json"))!);
  const run = own.pathname.replace(/trace\.json$/, "");
  const others = further.filter((address) => address.includes("/api/traces/") && !address.includes(run));
  console.log(
    `exploring it: ${further.length - others.length} requests, and ${others.length} of other runs beside it; ` +
      `${Math.round((traffic.bytes - first.bytes) / 1000)} kB: ${further.map(fileName).join(" ")}`,
  );
  expect(further.length).toBeGreaterThan(0);
  expect(further.length - others.length).toBeLessThanOrEqual(exploring_requests);
  expect(others.length).toBeLessThanOrEqual(exploring_requests);
  await context.close();
});

test("nothing of it asks a server: every address is a file below the path", async ({ page, baseURL }) => {
  const answers: [string, number][] = [];
  page.on("response", (response) => answers.push([response.url(), response.status()]));
  await new ExplorerPage(page).open();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("dialog").getByRole("button").last().click();
  await expect(page.locator(".film")).toHaveCount(2);
  await page.waitForLoadState("networkidle");
  expect(answers.filter(([address, status]) => !address.startsWith(baseURL!) || status >= 400)).toEqual([]);
});

test("once loaded it opens again without a network, the same run at the same step", async ({
  page,
  context,
}) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.keyboard.press("Home");
  await expect(page).toHaveURL(/step=1(&|$)/);
  const trace = await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const kept = async () => {
      const names = await caches.keys();
      const caches_kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return caches_kept.flat().map(({ url }) => url);
    };
    while (!(await kept()).some((url) => url.endsWith("predicted.webp")))
      await new Promise((resolve) => setTimeout(resolve, 100));
    return kept();
  });
  expect(trace.some((url) => url.endsWith("arrays.safetensors"))).toBe(true);
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(/^t = \d+/).first()).toBeVisible();
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "1");
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
});

test("a new export leaves an open tab whole and offers itself there", async ({ browser }, { outputDir }) => {
  const host = await fileHost(exported);
  const context = await browser.newContext({ baseURL: host.address, viewport: { width: 1440, height: 900 } });
  const [old, fresh] = [await context.newPage(), await context.newPage()];
  await new ExplorerPage(old).open();
  await old.evaluate(() => navigator.serviceWorker.ready);
  const first = await scriptOf(old);
  host.folder = nextVersion(exported, outputDir);

  await new ExplorerPage(fresh).open();
  await expect(old.getByText("A new version is available.")).toBeVisible();
  await expect(fresh.getByText("A new version is available.")).toHaveCount(0);
  expect(await scriptOf(fresh)).not.toBe(first);
  await old.getByRole("button", { name: "Tour", exact: true }).click();
  await expect(old.getByRole("dialog", { name: "Tour" })).toBeVisible();
  await old.keyboard.press("Escape");
  await old.getByRole("button", { name: "Compare", exact: true }).click();
  await old.getByRole("dialog").getByRole("button").last().click();
  await expect(old.locator(".film")).toHaveCount(2);

  await old.getByRole("button", { name: "Reload", exact: true }).click();
  await expect.poll(() => scriptOf(old)).toBe(await scriptOf(fresh));
  await context.close();
  host.close();
});

test("only the page itself is kept as the page", async ({ page, context }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.evaluate(() => navigator.serviceWorker.ready);
  const id = await page.evaluate(async () => (await (await fetch("api/gallery")).json()).traces[0].id);
  await page.goto(`./api/traces/${id}/files/picture.png`);
  await context.setOffline(true);
  await page.goto("./");
  await explorer.shown();
});

test("a link that names only a prompt opens the stored run that has it", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+cute+rabbit+in+space%2C+pixel+art");
  await expect(page).toHaveURL(/seed=1&guidance_scale=7&/);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("in a frame of another page it stands without header and article", async ({ page, baseURL }) => {
  await page.route("**/frame.html", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<iframe src="${baseURL}?embed" title="Diffusion" width="1200" height="860"></iframe>`,
    }),
  );
  await page.goto(`${new URL(baseURL!).origin}/frame.html`);
  const frame = page.frameLocator("iframe");
  await expect(frame.getByText(/^t = \d+/).first()).toBeVisible();
  await expect(frame.getByRole("banner")).toHaveCount(0);
  await expect(frame.locator("article")).toHaveCount(0);
  await expect(frame.getByRole("link", { name: /Open the whole page/ })).toBeVisible();
  await frame.getByRole("slider", { name: "Step", exact: true }).press("Home");
  await expect(frame.getByText("Step 1 of")).toBeVisible();
});

test("a run is taken away as .zip that Python opens, equal to the stored one", async ({ page }, {
  outputDir,
}) => {
  await new ExplorerPage(page).open();
  const file = await takenAway(page, "zip", outputDir);
  const program = `
import sys, glob, os, numpy as np, diffusion_explainer as dx
zipped = dx.open_trace(sys.argv[1])
stored = dx.open_trace(os.path.join("precomputed/gallery", zipped.id))
for name in ("noise_unconditional", "noise_conditional", "noise_guided", "attention"):
    np.testing.assert_array_equal(zipped.stacked(name), stored.stacked(name))
np.testing.assert_array_equal(zipped.latents, stored.latents)
print(zipped.id)`;
  const root = resolve(__dirname, "../..");
  const env = { ...process.env, PYTHONPATH: join(root, "backend") };
  const printed = execFileSync(python, ["-c", program, file], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  expect(printed.trim()).toMatch(/^[0-9a-f]{16}$/);
});

test("a moving picture made in the page shows every step", async ({ page }, { outputDir }) => {
  await new ExplorerPage(page).open();
  const file = await takenAway(page, "webp", outputDir);
  const program = `
import sys; from PIL import Image
moving = Image.open(sys.argv[1]); moving.seek(moving.n_frames - 1); moving.load()
print(moving.n_frames, *moving.size)`;
  const [frames, width, height] = execFileSync(python, ["-c", program, file], {
    encoding: "utf8",
  })
    .split(" ")
    .map(Number);
  expect(frames).toBeGreaterThan(20);
  expect([width, height]).toEqual([256, 256]);
});

test("what the page cannot make says what it needs", async ({ page }) => {
  await new ExplorerPage(page).open();
  await page.getByRole("button", { name: "Share", exact: true }).click();
  for (const format of ["gif", "mp4", "html"]) {
    await expect(page.getByRole("listitem").filter({ hasText: `.${format}` })).toContainText(
      "made by a server",
    );
  }
});

/** Saves the run in that format, as a reader does. */
async function takenAway(page: Page, format: string, folder: string): Promise<string> {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: `.${format}` }).click();
  const download = await saving;
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  expect(readFileSync(file).length).toBeGreaterThan(1000);
  return file;
}

const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** A plain file server whose folder can be changed under it. */
async function fileHost(folder: string) {
  const host = { folder, address: "", close: () => void server.close() };
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://host").pathname.replace(/\/$/, "/index.html");
    try {
      const content = readFileSync(join(host.folder, path));
      response
        .writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" })
        .end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  host.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return host;
}

/** The site as another build would be: every script and style has another name, and so has the version. */
function nextVersion(site: string, folder: string): string {
  const next = join(folder, "next");
  cpSync(site, next, { recursive: true });
  const assets = readdirSync(join(next, "assets"));
  const renamed = (text: string) =>
    assets
      .reduce((all, name) => all.replaceAll(name, `next-${name}`), text)
      .replaceAll(/version=\w+/g, "version=next");
  const texts = [
    "index.html",
    "files.json",
    "api/model",
    ...assets.filter(isText).map((name) => `assets/${name}`),
  ];
  for (const name of texts) writeFileSync(join(next, name), renamed(readFileSync(join(next, name), "utf8")));
  for (const name of assets) renameSync(join(next, "assets", name), join(next, "assets", `next-${name}`));
  return next;
}

function isText(name: string): boolean {
  return /\.(js|css)$/.test(name);
}

/** The script that the page began with. */
function scriptOf(page: Page): Promise<string | null> {
  return page.locator("script[src]").first().getAttribute("src");
}
