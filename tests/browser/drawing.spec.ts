import { expect, test } from "@playwright/test";
import { ExplorerPage } from "./page";

test("a typed prompt is drawn step by step and told as it goes", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await explorer.prompt.fill("a penguin on a beach, watercolor");
  await explorer.prompt.press("Enter");
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.locator(".film .waiting-hatch").first()).toBeAttached();
  await explorer.drawn();
  await expect(page.locator(".film .waiting-hatch")).toHaveCount(0);
  expect(await explorer.step()).toEqual([25, 25]);
  await expect(page.getByRole("list", { name: /slots/ })).toContainText("penguin");
});

test("the same prompt again is answered from the store", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await explorer.draw("a penguin on a beach, watercolor");
  await page.reload();
  await explorer.shown();
  await expect(explorer.prompt).toHaveValue("a penguin on a beach, watercolor");
  await expect(page.locator(".film .waiting-hatch")).toHaveCount(0);
});

test("back and forward reopen what was drawn", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1");
  await explorer.drawn();
  await explorer.draw("a fox in the snow");
  await page.goBack();
  await expect(explorer.prompt).toHaveValue("a red apple");
  await expect(page.getByRole("list", { name: /slots/ })).toContainText("apple");
  await page.goForward();
  await expect(explorer.prompt).toHaveValue("a fox in the snow");
  await expect(page.getByRole("list", { name: /slots/ })).toContainText("fox");
});

test("another seed makes another starting noise and draws again", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1");
  await explorer.drawn();
  const before = await explorer.pixels(/Starting noise/);
  await page.getByRole("slider", { name: "Seed" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("spinbutton", { name: "Seed" })).toHaveValue("2");
  await expect(page.getByRole("img", { name: "Starting noise of seed 2, as colours" })).toBeVisible();
  await explorer.drawn();
  expect(await explorer.pixels(/Starting noise/)).not.toBe(before);
});

test("another guidance draws again from the same noise", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1");
  await explorer.drawn();
  const noise = await explorer.pixels(/Starting noise/);
  await page.getByRole("slider", { name: "Guidance" }).focus();
  await page.keyboard.press("PageDown");
  await expect(page.locator(".factor.reader")).toHaveText("× 1");
  await expect(page).toHaveURL(/guidance_scale=1(&|$)/);
  await explorer.drawn();
  expect(await explorer.pixels(/Starting noise/)).toBe(noise);
  await page.keyboard.press("Home");
  await expect(page.locator(".factor.reader")).toHaveText("× 0");
});

test("a run can be stopped, keeps its steps and can be drawn whole", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+castle+at+night&steps=150&seed=8");
  await expect(explorer.status).toContainText(/Drawing step ([2-9]|\d\d)/);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(explorer.status).toContainText(/Stopped at step \d+/);
  await expect(page.locator(".film .waiting-hatch").first()).toBeAttached();
  await page.getByRole("button", { name: "Previous step" }).click();
  await expect(page.getByRole("button", { name: "Draw all" })).toBeVisible();
});

test("steps can be looked at while the rest is drawn, and the newest is one click away", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+green+tree&steps=150&seed=4");
  await expect(explorer.status).toContainText(/Drawing step ([4-9]|\d\d)/);
  await explorer.film.focus();
  await page.keyboard.press("Home");
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "1");
  await page.getByRole("button", { name: "newest" }).click();
  await expect.poll(async () => (await explorer.step())[0]).toBeGreaterThan(4);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
});

test("a second reader waits in the queue and can leave it", async ({ page, context }) => {
  const first = new ExplorerPage(page);
  const second = new ExplorerPage(await context.newPage());
  await second.open();
  await first.open("#prompt=a+long+wall&steps=150&scheduler=heun&seed=2");
  await expect(first.status).toContainText(/Drawing/);
  await second.prompt.fill("a small boat");
  await second.prompt.press("Enter");
  await expect(second.status).toContainText("Waiting.");
  await second.page.getByRole("button", { name: "Leave" }).click();
  await expect(second.page.getByRole("button", { name: "Leave" })).toBeHidden();
  await expect(first.status).toContainText(/Drawing/);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
});

test("an empty prompt is refused beside its field and the run stays", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await explorer.prompt.fill("");
  await explorer.prompt.press("Enter");
  await expect(page.getByRole("alert")).toContainText("The prompt is empty.");
  await expect(explorer.prompt).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
});

test("a wrong number of steps names the limit and offers one that would do", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.getByRole("button", { name: /DDIM, \d+ steps/ }).click();
  await page.getByLabel("Steps").fill("1000");
  await page.getByLabel("Steps").press("Tab");
  await expect(page.getByRole("alert")).toContainText("1000; it must be 1 to 150");
  await page.getByRole("button", { name: "Use 150" }).click();
  await expect(page.getByLabel("Steps")).toHaveValue("150");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
});

test("a sampler that reuses past predictions shows them in the sum", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&scheduler=lms&step=3");
  await explorer.drawn();
  const also = page.getByRole("list", { name: "What the scheduler also adds" });
  await expect(also).toContainText("noise 1 step ago");
});

test("a prompt beyond 77 slots says what was cut", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#steps=2&seed=1&prompt=" + encodeURIComponent("very ".repeat(90) + "old house"));
  await explorer.drawn();
  await expect(page.getByText(/\d+ tokens cut/).first()).toBeVisible();
  await expect(page.getByText("77 of 77 slots used, 0 padding")).toBeVisible();
});
