import { expect, test, type Page } from "@playwright/test";
import { ExplorerPage, watchErrors } from "./page";

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

async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate((next) => (location.hash = next), hash);
}

async function drawn(page: Page): Promise<void> {
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  await expect(cancel).toHaveCount(0, { timeout: 240_000 });
}

for (const { steps, scheduler } of runs) {
  test(`every view opens with a run of ${scheduler}, steps: ${steps}`, async ({ page }) => {
    test.slow(steps > 100);
    const errors = watchErrors(page);
    const explorer = new ExplorerPage(page);
    const run = `prompt=a+cat+and+a+dog&seed=1&steps=${steps}&scheduler=${scheduler}`;
    await explorer.open(`#${run}`);
    await drawn(page);
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
    await drawn(page);
    for (const beside of besides) {
      await show(page, `${run}&compare=a+cat&beside=${beside}`);
      await page.keyboard.press("Home");
    }
    await expect(page.getByRole("alert")).toHaveCount(0);
    expect(errors).toEqual([]);
  });
}
