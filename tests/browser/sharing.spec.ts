import { readFileSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { ExplorerPage } from "./page";

/** Saves the run's picture, from a server or made in the page. */
async function savedPicture(page: Page): Promise<Buffer> {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const saving = page.waitForEvent("download");
  await page.getByText(".png", { exact: true }).click();
  const file = await (await saving).path();
  await page.keyboard.press("Escape");
  return readFileSync(file);
}

/** Lets a file fall on the page. */
async function drop(page: Page, content: Buffer, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([bytes, name]) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(bytes!), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([content], name!, { type: "image/png" }));
      return transfer;
    },
    [content.toString("base64"), name],
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await expect(page.getByText("Drop a picture that was saved here")).toBeVisible();
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

test("a saved picture dropped on the page opens its run again", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const prompt = await explorer.prompt.inputValue();
  const seed = await page.getByLabel("Seed", { exact: true }).first().inputValue();
  const picture = await savedPicture(page);
  await page.getByRole("button", { name: "Choose a prompt" }).click();
  await page.getByRole("dialog").getByRole("button").nth(3).click();
  await expect(explorer.prompt).not.toHaveValue(prompt);
  await drop(page, picture, "rabbit.png");
  await expect(explorer.prompt).toHaveValue(prompt);
  await expect(page.getByLabel("Seed", { exact: true }).first()).toHaveValue(seed);
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
});

test("a picture that carries nothing says so and changes nothing", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const prompt = await explorer.prompt.inputValue();
  await drop(page, Buffer.from("no picture at all"), "other.png");
  await expect(page.getByText("This picture carries no request.", { exact: true })).toBeVisible();
  await expect(explorer.prompt).toHaveValue(prompt);
});

test("the link that is copied reopens the view", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.keyboard.press("Home");
  await expect(page).toHaveURL(/step=1(&|$)/);
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).hash).toMatch(/step=1(&|$)/);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "1");
});
