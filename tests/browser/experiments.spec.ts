import { expect, test } from "@playwright/test";
import { ExplorerPage, finished } from "./page";

test("each word left out has a picture and the recorded distance", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=3&seed=1");
  await explorer.drawn();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("button", { name: "Leave each word out" }).click();
  const rows = page
    .getByRole("table")
    .getByRole("row")
    .filter({ has: page.locator("td") });
  await expect(rows).toHaveCount(3);
  await expect(rows.locator(".distance b")).toHaveCount(3);
  const found = await finished(page, "leave-one-outs", { prompt: "a red apple", steps: 3, seed: 1 });
  const shown = (await rows.locator(".distance b").allInnerTexts()).map(Number);
  found.members.slice(1).forEach(({ distance }: { distance: number }, i: number) => {
    expect(Math.abs(shown[i]! - distance)).toBeLessThanOrEqual(0.005);
  });
  await rows.nth(2).getByRole("button").click();
  await expect(page.getByRole("textbox", { name: "Prompt B" })).toHaveValue("a red");
  await page.goBack();
  await expect(rows).toHaveCount(3);
});

test("a grid fills cell by cell, opens its cells and is saved as one picture", async ({ page }) => {
  await page.goto("./#prompt=a+red+apple&steps=3&seed=1");
  await new ExplorerPage(page).drawn();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("button", { name: "Grid of two settings" }).click();
  await page.getByRole("textbox", { name: "Values of the rows" }).fill("1, 2");
  await page.getByRole("textbox", { name: "Values of the columns" }).fill("0, 7");
  await page.getByRole("button", { name: "Draw 4 cells" }).click();
  const cells = page.getByRole("table").getByRole("button", { name: /^seed \d, guidance \d/ });
  await expect(cells).toHaveCount(4);
  await expect(page.getByRole("button", { name: /: drawn$/ })).toHaveCount(4);
  await expect(page.getByRole("img", { name: /^Starting noise of seed/ })).toHaveCount(2);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a picture" }).click();
  expect((await download).suggestedFilename()).toBe("grid.png");
  await page.getByRole("button", { name: "seed 2, guidance 7: drawn" }).click();
  await expect(page).toHaveURL(/seed=2&guidance_scale=7/);
  await expect(page.getByRole("slider", { name: "Step", exact: true })).toBeVisible();
  await page.goBack();
  await expect(cells).toHaveCount(4);
});
