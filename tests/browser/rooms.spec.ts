import { expect, test } from "@playwright/test";
import { ExplorerPage } from "./page";

const open = "Open Image Representation Refiner";

test("a station opens in place, and Escape gives the focus back", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const step = await explorer.step();
  const kept = [explorer.prompt, page.getByRole("img", { name: /^The picture/ }).first(), explorer.film];
  const boxes = await Promise.all(kept.map((one) => one.boundingBox()));
  await page.getByRole("button", { name: open }).press("Enter");
  const room = page.getByRole("region", {
    name: "Image Representation Refiner",
  });
  await expect(room.getByRole("radio", { name: /Mechanism/ })).toBeChecked();
  await expect(room).toBeFocused();
  await expect(page.getByRole("button", { name: "Open Starting noise" })).toBeVisible();
  expect(await Promise.all(kept.map((one) => one.boundingBox()))).toEqual(boxes);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: open })).toBeFocused();
  expect(await explorer.step()).toEqual(step);
});

test("an open station is in the link, and back and forward go through it", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#open=refiner&level=2");
  const room = page.getByRole("region", {
    name: "Image Representation Refiner",
  });
  await expect(room.getByRole("heading", { name: /Predict the noise/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/open=/);
  await page.goBack();
  await expect(page).toHaveURL(/open=refiner&level=2/);
  await expect(room.getByRole("heading", { name: /Predict the noise/ })).toBeVisible();
  await page.goForward();
  await expect(page.getByRole("button", { name: open })).toBeVisible();
});

test("a click beside the open station closes it, one on the timeline does not", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#open=refiner&level=2");
  const cross = page.getByRole("button", { name: "One level back (Escape)" });
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(cross).toBeVisible();
  await page.locator("[data-stage]").click({ position: { x: 10, y: 200 } });
  await expect(cross).toBeHidden();
});
