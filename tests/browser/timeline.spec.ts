import { expect, test } from "@playwright/test";
import { ExplorerPage } from "./page";

test("keys move the step everywhere at once", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.keyboard.press("Home");
  await expect(page.getByText("Step 1 of 25")).toBeVisible();
  const first = await explorer.pixels(/Latent at step 1/);
  await page.keyboard.press("End");
  await expect(page.getByText("Step 25 of 25")).toBeVisible();
  await expect(page.getByText("goes to the decoder")).toBeVisible();
  expect(await explorer.pixels(/Latent at step 25/)).not.toBe(first);
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("img", { name: /New latent at step 24/ })).toBeVisible();
});

test("the new latent of a step is the latent of the next", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.keyboard.press("Home");
  const next = await explorer.pixels(/New latent at step 1/);
  await page.keyboard.press("ArrowRight");
  expect(await explorer.pixels(/^Latent at step 2/)).toBe(next);
});

test("space plays and pauses, and the run stops at its last step", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const [, rows] = await explorer.step();
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
  await page.getByRole("button", { name: "Replay from the first step" }).click();
  await page.clock.runFor(300);
  expect(await explorer.step()).toEqual([4, rows]);
  await page.locator("h1").click();
  await page.keyboard.press("Space");
  await page.clock.runFor(1000);
  expect(await explorer.step()).toEqual([4, rows]);
  await page.keyboard.press("Space");
  await page.clock.runFor(rows * 100);
  expect(await explorer.step()).toEqual([rows, rows]);
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
});

test("the film is the slider's track", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const box = (await explorer.film.boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.02, box.y + 90);
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "1");
  await page.mouse.move(box.x + box.width * 0.02, box.y + 90);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 90, { steps: 5 });
  await page.mouse.up();
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "13");
});

test("the picture is the one now or the one it is heading for", async ({ page }) => {
  await new ExplorerPage(page).open();
  await page.getByRole("radio", { name: /Now/ }).click();
  await expect(page.getByRole("img", { name: /^The picture now/ })).toBeVisible();
  await page.getByRole("radio", { name: /Heading for/ }).click();
  await expect(page.getByRole("img", { name: /^The picture it is heading for/ })).toBeVisible();
});
