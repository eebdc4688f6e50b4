import { expect, test, type Page } from "@playwright/test";
import { ExplorerPage } from "./page";

/** Pairs of the circuit's parts that lie over each other, and parts that leave the refiner's panel. */
async function misplaced(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const panel = document.querySelector("[aria-labelledby=refiner-station]")!;
    const border = panel.getBoundingClientRect();
    const parts = [...panel.querySelectorAll(".node")].map((element) => ({
      name: element.textContent!.trim().replace(/\s+/g, " "),
      box: element.getBoundingClientRect(),
    }));
    const outside = parts.filter(({ box }) => box.left < border.left || box.right > border.right + 1);
    const overlapping = parts.flatMap((one, i) =>
      parts
        .slice(i + 1)
        .filter(
          ({ box }) =>
            box.left < one.box.right - 1 &&
            box.right > one.box.left + 1 &&
            box.top < one.box.bottom - 1 &&
            box.bottom > one.box.top + 1,
        )
        .map((other) => ({ name: `${one.name} over ${other.name}` })),
    );
    return [...outside, ...overlapping].map(({ name }) => name);
  });
}

for (const [width, height] of [
  [390, 844],
  [768, 1024],
  [1024, 768],
  [1280, 720],
  [1440, 900],
  [1920, 1080],
] as const) {
  test(`at ${width} by ${height} nothing overlaps, leaves its panel or scrolls sideways`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await new ExplorerPage(page).open();
    await expect.poll(() => misplaced(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await expect(page.getByRole("button", { name: "Play", exact: true })).toBeInViewport();
  });
}

for (const [width, height] of [
  [390, 844],
  [1440, 900],
] as const) {
  test(`at ${width} by ${height} everything keeps its place while the page fills`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.addInitScript(() => {
      const observer = new PerformanceObserver((list) => {
        for (const shift of list.getEntries() as (PerformanceEntry & { value: number })[])
          moved += shift.value;
        document.documentElement.dataset.moved = String(moved);
      });
      let moved = 0;
      observer.observe({ type: "layout-shift", buffered: true });
    });
    await new ExplorerPage(page).open();
    await page.waitForLoadState("networkidle");
    const moved = await page.locator("html").getAttribute("data-moved");
    expect(await page.evaluate(() => PerformanceObserver.supportedEntryTypes)).toContain("layout-shift");
    expect(Number(moved)).toBeLessThan(0.05); // of Chromium's cumulative layout shift; 0.1 is called good
  });
}

test("on a phone every popover opens inside the screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await new ExplorerPage(page).open();
  for (const name of [/DDIM/, /^Compare$/, /Choose a prompt/]) {
    await page.getByRole("button", { name }).click();
    await expect(async () => {
      const box = (await page.getByRole("dialog").boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(390);
      expect(box.y + box.height).toBeLessThanOrEqual(844);
    }).toPass();
    await page.keyboard.press("Escape");
  }
});

test("on a phone the picture stays in sight at the bottom", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await new ExplorerPage(page).open();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  const timeline = page.getByRole("region", { name: "Timeline" });
  await expect(timeline.getByRole("img", { name: /^The picture it is heading for/ })).toBeInViewport();
  await expect(timeline.getByRole("slider", { name: "Step", exact: true })).toBeInViewport();
});
