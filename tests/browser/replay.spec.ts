import { expect, test } from "@playwright/test";
import { ExplorerPage } from "./page";

test("without a model the gallery plays and drawing says why it is off", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await expect(page.locator(".model")).toContainText("replay only");
  const draw = page.getByRole("button", { name: "Draw", exact: true });
  await expect(draw).toBeDisabled();
  await expect(draw).toHaveAttribute("title", /no server to draw with/);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "2");
});

test("another stored run opens from the list", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const before = await explorer.prompt.inputValue();
  await page.getByRole("button", { name: "Choose a prompt" }).click();
  await page.getByRole("dialog").getByRole("button").nth(2).click();
  await expect(explorer.prompt).not.toHaveValue(before);
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
});

test("a stored pair can be compared", async ({ page }) => {
  await new ExplorerPage(page).open();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("dialog").getByRole("button").first().click();
  await expect(page.locator(".film")).toHaveCount(2);
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
});
