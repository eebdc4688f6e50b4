import { expect, test, type Page } from "@playwright/test";
import { ExplorerPage } from "./page";

const moves = 200;

/** Milliseconds from each move of the slider until the browser has painted it, all figures included. */
function scrub(page: Page): Promise<number[]> {
  return page.evaluate(async (count) => {
    const slider = document.querySelector('[role=slider][aria-label="Step"]')!;
    const key = (name: string) =>
      slider.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
    const painted = () => {
      const channel = new MessageChannel();
      return new Promise<void>((resolve) => {
        channel.port1.onmessage = () => resolve();
        channel.port2.postMessage(null);
      });
    };
    const times: number[] = [];
    key("Home");
    for (let move = 0; move < count; move++) {
      await new Promise(requestAnimationFrame);
      const begin = performance.now();
      key(move % 48 < 24 ? "ArrowRight" : "ArrowLeft");
      await painted();
      times.push(performance.now() - begin);
    }
    return times;
  }, moves);
}

for (const [name, reading] of [
  ["explorer", false],
  ["article", true],
] as const) {
  test(`scrubbing a stored run, ${name}`, async ({ page }) => {
    const explorer = new ExplorerPage(page);
    await explorer.open();
    if (reading) {
      await page.locator("#below").evaluate((place) => place.scrollIntoView());
      await expect(page.locator("#article-heading")).toBeAttached();
      await page.locator("#article-guidance").evaluate((place) => place.scrollIntoView());
    }
    await scrub(page);
    const times = (await scrub(page)).sort((a, b) => a - b);
    const at = (share: number) => times[Math.floor((times.length - 1) * share)]!.toFixed(1);
    const within = (times.filter((time) => time <= 16).length / times.length) * 100;
    console.log(
      `scrubbing, ${name}: ${within.toFixed(0)} % of ${moves} moves painted within 16 ms ` +
        `(median ${at(0.5)} ms, 95 % ${at(0.95)} ms)`,
    );
    expect(times).toHaveLength(moves);
  });
}
