import { expect, test, type Page } from "@playwright/test";
import { findings } from "./axe";
import { ExplorerPage } from "./page";

const stops = 16;

async function begin(page: Page): Promise<ExplorerPage> {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.getByRole("button", { name: "Tour" }).click();
  await expect(page.getByRole("dialog", { name: "Guided tour" })).toBeVisible();
  return explorer;
}

/** How far the card lies over what it speaks of, and whether that is in the window. */
function standing(page: Page) {
  return page.evaluate(() => {
    const ring = document.querySelector(".ring")?.getBoundingClientRect();
    const card = document.querySelector("dialog[open]")!.getBoundingClientRect();
    if (!ring) return null;
    const reach = 6;
    const across = Math.min(card.right, ring.right - reach) - Math.max(card.left, ring.left + reach);
    const down = Math.min(card.bottom, ring.bottom - reach) - Math.max(card.top, ring.top + reach);
    const inside =
      ring.top + reach >= -1 && ring.bottom - reach <= innerHeight + 1 && ring.left >= -reach - 1;
    const card_inside =
      card.left >= 0 && card.right <= innerWidth && card.top >= 0 && card.bottom <= innerHeight;
    return { covered: across > 1 && down > 1, inside: inside && card_inside };
  });
}

for (const [width, height] of [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const) {
  test(`every stop shows what it speaks of and covers none of it, ${width} wide`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await begin(page);
    for (let stop = 1; stop <= stops; stop++) {
      await expect(page.getByText(`Stop ${stop} of ${stops}`)).toBeVisible();
      await expect.poll(() => standing(page), `stop ${stop}`).toEqual({ covered: false, inside: true });
      if (stop < stops) await page.keyboard.press("ArrowRight");
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Tour" })).toBeFocused();
  });
}

test("the tour drives the explorer: steps, an open station, guidance", async ({ page }) => {
  const explorer = await begin(page);
  for (let stop = 1; stop < 4; stop++) await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(page.getByRole("heading", { name: "A seed makes the noise" })).toBeFocused();
  await expect.poll(async () => (await explorer.step())[0]).toBe(1);
  for (let stop = 4; stop < 9; stop++) await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(page.getByRole("slider", { name: /^Guidance/ })).toHaveAttribute("aria-valuetext", "1");
  await expect(page).toHaveURL(/open=refiner/);
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(page.locator("[data-room]")).toHaveCount(0);
});

test("the tour goes on where it was left, also after a reload", async ({ page }) => {
  const explorer = await begin(page);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.reload();
  await explorer.open();
  await page.getByRole("button", { name: "Tour" }).click();
  await expect(page.getByText(`Stop 3 of ${stops}`)).toBeVisible();
  await page.getByRole("button", { name: "Start over" }).click();
  await expect(page.getByText(`Stop 1 of ${stops}`)).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`axe finds nothing on the tour, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await begin(page);
    expect(await findings(page)).toEqual([]);
  });
}
