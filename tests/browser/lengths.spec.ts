import { expect, test, type Page } from "@playwright/test";
import { ExplorerPage } from "./page";

const rooms = ["text", "noise", "attention", "refiner", "decoder"];
const besides = ["pca", "pictures", "words"];
const runs = [
  { steps: 1, scheduler: "ddim" },
  { steps: 2, scheduler: "ddim" },
  { steps: 3, scheduler: "ddim" },
  { steps: 150, scheduler: "ddim" },
  { steps: 2, scheduler: "heun" },
  { steps: 2, scheduler: "pndm" },
];

/** Whatever goes wrong on the page from now on, shown or not. */
function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return errors;
}

async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate((next) => (location.hash = next), hash);
}

for (const { steps, scheduler } of runs) {
  test(`every view opens with a run of ${scheduler}, steps: ${steps}`, async ({ page }) => {
    const errors = watchErrors(page);
    const explorer = new ExplorerPage(page);
    const run = `prompt=a+cat+and+a+dog&seed=1&steps=${steps}&scheduler=${scheduler}`;
    await explorer.open(`#${run}`);
    await explorer.drawn();
    for (const room of rooms) {
      for (const level of [2, 3]) {
        await show(page, `${run}&open=${room}&level=${level}`);
        await expect(page.locator("[data-room]").first()).toBeVisible();
        await page.keyboard.press("Home");
        await page.keyboard.press("End");
      }
    }
    await show(page, run);
    await page.locator("#below").scrollIntoViewIfNeeded();
    await expect(page.locator("article")).toBeVisible();
    await page.evaluate(() => scrollTo(0, 0));
    await show(page, `${run}&compare=a+cat`);
    await expect(page.locator(".film")).toHaveCount(2);
    await explorer.drawn();
    for (const beside of besides) {
      await show(page, `${run}&compare=a+cat&beside=${beside}`);
      await page.keyboard.press("Home");
    }
    await expect(page.getByRole("alert")).toHaveCount(0);
    expect(errors).toEqual([]);
  });
}

test("a mangled link opens the page and says what was left out", async ({ page }) => {
  const errors = watchErrors(page);
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=2&seed=x&branched_from=[null]");
  await expect(page.getByRole("alert")).toContainText("It was opened without seed, branched_from.");
  await explorer.drawn();
  expect(errors).toEqual([]);
});

test("Enter twice draws once and to the end", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.route("**/api/traces", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await explorer.prompt.fill("a castle in the rain");
  await explorer.prompt.press("Enter");
  await page.waitForTimeout(60);
  await explorer.prompt.press("Enter");
  await explorer.drawn();
  const [step, rows] = await explorer.step();
  expect(step).toBe(rows);
  await expect(explorer.status).not.toContainText("Stopped");
});
