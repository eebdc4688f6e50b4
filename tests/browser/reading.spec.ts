import { expect, test, type Page } from "@playwright/test";
import { findings } from "./axe";
import { ExplorerPage, storedTrace } from "./page";

/** Opens the page and scrolls to the article, which loads when it is near. */
async function openArticle(page: Page, hash = ""): Promise<ExplorerPage> {
  const explorer = new ExplorerPage(page);
  await explorer.open(hash);
  await page.locator("#below").evaluate((place) => place.scrollIntoView());
  await expect(page.getByRole("heading", { name: "How text becomes a picture" })).toBeVisible();
  return explorer;
}

/** The run shown, as it was recorded. */
async function recorded(page: Page) {
  const gallery = await (await page.request.get("./api/gallery")).json();
  return storedTrace(page, gallery.traces[0].id);
}

test("the article loads when the reader comes to it", async ({ page }) => {
  await new ExplorerPage(page).open();
  await expect(page.locator("article")).toHaveCount(0);
  await page.mouse.wheel(0, 600);
  await expect(page.locator("article")).toBeVisible();
});

test("formulas and figures show the numbers recorded for the step, and follow it", async ({ page }) => {
  await openArticle(page);
  const { steps } = await recorded(page);
  const formula = page.locator("[data-formula=scheduler] math");
  const levels = page.locator("figure", { hasText: "Figure 6." });
  for (const [key, row] of [
    ["Home", steps[0]],
    ["End", steps.at(-1)],
  ]) {
    await formula.scrollIntoViewIfNeeded();
    await page.keyboard.press(key);
    await expect(formula).toContainText(row.coefficients.latent.toFixed(3).replace(/\.?0+$/, ""));
    await levels.scrollIntoViewIfNeeded();
    await expect(levels).toContainText(`t = ${row.timestep}: noise level ${row.noise_level.toFixed(3)}`);
    await expect(levels).toContainText(`Step ${row.step + 1} of`);
  }
});

test("the numbers below the guidance figure are those of the followed cell, and add up", async ({ page }) => {
  await openArticle(page, "#open=refiner&level=2");
  await page.getByRole("spinbutton", { name: "channel" }).fill("3");
  await page.getByRole("spinbutton", { name: "row" }).fill("5");
  const followed = await page.locator('[data-value="Guided noise"]').innerText();
  const { request } = await recorded(page);
  const figure = page.locator("figure", {
    has: page.locator("[data-figure=guidance]"),
  });
  await figure.scrollIntoViewIfNeeded();
  await expect(figure).toContainText("channel 3, row 5, column 8");
  const values = (await figure.locator(".value").allTextContents()).map((text) =>
    Number(text.replace("−", "-")),
  );
  const [prompt, generic, impact, , , guided] = values as [number, number, number, number, number, number];
  expect(guided).toBe(Number(followed.replace("−", "-")));
  expect(prompt - generic).toBeCloseTo(impact, 2);
  expect(Math.abs(generic + request.guidance_scale * impact - guided)).toBeLessThan(
    0.001 * (request.guidance_scale + 2),
  );
});

test("while reading, the timeline is one row and moves the figures", async ({ page }) => {
  const explorer = await openArticle(page);
  const timeline = page.getByRole("region", { name: "Timeline" });
  await expect.poll(async () => (await timeline.boundingBox())!.height).toBeLessThan(90);
  await expect(explorer.film).toBeInViewport();
  const figure = page.locator("article figure").first();
  await figure.scrollIntoViewIfNeeded();
  await explorer.film.focus();
  await page.keyboard.press("Home");
  await expect(figure).toContainText("Step 1 of");
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect.poll(async () => (await timeline.boundingBox())!.height).toBe(168);
});

test("no line of the article is longer than 68 characters", async ({ page }) => {
  await openArticle(page);
  const longest = await page.locator("article .paragraph").evaluateAll((paragraphs) =>
    Math.max(
      ...paragraphs.map((paragraph) => {
        const lines = new Map<number, number>();
        const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          for (let i = 0; i < node.textContent!.length; i++) {
            const range = new Range();
            range.setStart(node, i);
            range.setEnd(node, i + 1);
            const line = Math.round(range.getBoundingClientRect().bottom / 14);
            lines.set(line, (lines.get(line) ?? 0) + 1);
          }
        }
        return Math.max(...lines.values());
      }),
    ),
  );
  expect(longest).toBeGreaterThan(50);
  expect(longest).toBeLessThanOrEqual(68);
});

test("the demo draws in the explorer what its controls say", async ({ page }) => {
  const explorer = await openArticle(page, "#prompt=a+red+apple&steps=4&seed=1");
  const demo = page.locator("#article-demo");
  await demo.getByLabel("Negative prompt").fill("flat design");
  await demo.getByLabel("Steps").fill("3");
  await demo.getByLabel("Scheduler").selectOption({ label: "Euler" });
  await demo.getByRole("button", { name: "Draw" }).click();
  await page.waitForURL(/negative_prompt=flat\+design.*scheduler=euler.*steps=3/);
  await expect.poll(() => explorer.step()).toEqual([3, 3]);
  await expect(page.locator("article")).toContainText("what Euler did in this step");
});

for (const [scheme, width, height] of [
  ["light", 1440, 900],
  ["dark", 1024, 768],
  ["light", 390, 844],
] as const) {
  test(`axe finds nothing in the article, ${scheme}, ${width} wide, and nothing scrolls sideways`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    await openArticle(page);
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
}

test("focusing the timeline leaves the page where it is", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await explorer.film.focus();
  await page.getByRole("button", { name: "Play", exact: true }).focus();
  expect(await page.evaluate(() => scrollY)).toBe(0);
});
