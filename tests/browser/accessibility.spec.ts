import { expect, test } from "@playwright/test";
import { findings } from "./axe";
import { ExplorerPage } from "./page";

for (const scheme of ["light", "dark"] as const) {
  test(`axe finds nothing on the explorer, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await new ExplorerPage(page).open();
    expect(await findings(page)).toEqual([]);
  });

  test(`axe finds nothing on a comparison, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await new ExplorerPage(page).open("#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple");
    await expect(page.getByText(/Distance 0\.\d/)).toBeVisible();
    await expect(page.getByText(/of the variance/)).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });

  test(`axe finds nothing on many runs at once, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("./#prompt=a+red+apple&steps=3&seed=1&view=words");
    await expect(page.locator(".distance b")).toHaveCount(3);
    expect(await findings(page)).toEqual([]);
    await page.goto("./#prompt=a+fox&steps=2&view=grid&rows=seed&rows_value=1&columns=steps&columns_value=2");
    await expect(page.getByRole("button", { name: /: drawn$/ })).toHaveCount(1);
    expect(await findings(page)).toEqual([]);
  });
}

test("axe finds nothing on open popovers and an error", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  for (const name of [/DDIM/, /^Negative prompt/, /^Compare$/, /Choose a prompt/]) {
    await page.getByRole("button", { name }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
  await explorer.prompt.fill("");
  await explorer.prompt.press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test("the theme is the reader's choice and stays", async ({ page }) => {
  await new ExplorerPage(page).open();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.getByRole("button", { name: "Light" })).toBeVisible();
});

test("everything is reached by keyboard in the order of the story", async ({ page }) => {
  await new ExplorerPage(page).open();
  const names: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    names.push(
      await page.evaluate(() => {
        const element = document.activeElement!;
        return element.getAttribute("aria-label") ?? element.textContent!.trim();
      }),
    );
  }
  const order = [
    "Share",
    "Prompt",
    "Draw",
    "Compare",
    "The slots of the text encoder",
    "Seed",
    "Guidance",
    "Play",
    "Step",
  ];
  const places = order.map((name) => names.indexOf(name));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("axe finds nothing on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await new ExplorerPage(page).open();
  expect(await findings(page)).toEqual([]);
});
