import { expect, test } from "@playwright/test";
import { ExplorerPage, storedTrace } from "./page";

test("opens on a stored run with every station filled", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await expect(explorer.prompt).not.toHaveValue("");
  for (const title of [
    "Text Representation Generator",
    "Starting noise",
    "Image Representation Refiner",
    "Decoder",
  ]) {
    await expect(page.getByRole("heading", { name: title })).toBeVisible();
  }
  await expect(page.getByText(/of 77 slots used/)).toBeVisible();
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
  expect(await page.locator("[data-wire]").count()).toBeGreaterThan(12);
});

test("the explorer fits one screen of 1440 by 900, and the article begins below it", async ({ page }) => {
  await new ExplorerPage(page).open();
  await expect(async () => {
    const timeline = (await page.getByRole("region", { name: "Timeline" }).boundingBox())!;
    const explorer = (await page.getByRole("main").boundingBox())!;
    expect(timeline.y + timeline.height).toBe(900);
    expect(explorer.y + explorer.height).toBe(timeline.y);
  }).toPass();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1440);
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(900);
});

test("scrubbing a stored run takes at most six requests", async ({ page }) => {
  const requests: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/traces")) requests.push(request.url());
  });
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await explorer.film.focus();
  await page.keyboard.press("Home");
  const [, rows] = await explorer.step();
  for (let step = 1; step < rows; step++) await page.keyboard.press("ArrowRight");
  await page.getByRole("radio", { name: /Now/ }).first().click();
  for (let step = 1; step < rows; step++) await page.keyboard.press("ArrowLeft");
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.length).toBeLessThanOrEqual(6);
});

test("every step shows the recorded timestep and the scheduler's recorded factors", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const gallery = await (await page.request.get("./api/gallery")).json();
  const trace = await storedTrace(page, gallery.traces[0].id);
  expect(trace.request.scheduler).toBe("ddim");
  await explorer.film.focus();
  await page.keyboard.press("Home");
  const factors = page.locator(".factor.scheduler");
  for (const row of trace.steps) {
    await expect(page.locator(".pill", { hasText: `= ${row.timestep}` })).toBeVisible();
    const shown = (await factors.allInnerTexts()).map((text) => Number(text.replace("×", "")));
    expect(shown[0]).toBeCloseTo(row.coefficients.latent, 3);
    expect(shown[1]).toBeCloseTo(Math.abs(row.coefficients.noise_guided), 3);
    await page.keyboard.press("ArrowRight");
  }
});

test("a link reopens the same run at the same step", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await explorer.film.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/step=2/);
  const link = new URL(page.url()).hash;
  const prompt = await explorer.prompt.inputValue();
  await page.goto("about:blank");
  await explorer.open(link);
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "2");
  await expect(explorer.prompt).toHaveValue(prompt);
});

test("a slot says its token and id on focus", async ({ page }) => {
  await new ExplorerPage(page).open();
  const slots = page.getByRole("slider", { name: "The slots of the text encoder" });
  await slots.focus();
  await expect(page.getByText("slot 1 · start · id 49406").first()).toBeVisible();
  await page.keyboard.press("End");
  await expect(page.getByText("slot 77 · padding · id 49407").first()).toBeVisible();
});

test("a link opened while the model loads waits for it and goes on by itself", async ({ page }) => {
  let refused = 0;
  await page.route("**/api/traces", async (route) => {
    if (refused === 2) return route.continue();
    refused += 1;
    const problem = {
      title: "There is no model to draw with",
      status: 503,
      detail: "The model is still loading.",
    };
    await route.fulfill({ status: 503, headers: { "retry-after": "1" }, json: problem });
  });
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&step=3");
  await explorer.drawn();
  expect(refused).toBe(2);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("where another model draws, no stored run stands for what it is asked", async ({ page }) => {
  let asked = 0;
  await page.route("**/api/model", async (route) => {
    const response = await route.fetch();
    const card = await response.json();
    const other = { ...card, model: { ...card.model, name: "Another", fingerprint: "another" } };
    const loading = { ...card, status: "loading", model: null };
    await route.fulfill({ response, json: (asked += 1) === 1 ? loading : other });
  });
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+cute+rabbit+in+space%2C+pixel+art&seed=1&guidance_scale=7&steps=25");
  await expect.poll(() => asked).toBe(2);
  const request = page.waitForRequest((one) => one.method() === "POST" && one.url().endsWith("/api/traces"));
  await expect(async () => {
    await page.getByRole("button", { name: "Draw", exact: true }).first().click();
    expect((await request).postDataJSON()).toMatchObject({ seed: 1, guidance_scale: 7 });
  }).toPass();
});
