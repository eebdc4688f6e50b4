import { expect, test, type Locator, type Page } from "@playwright/test";
import { ExplorerPage } from "./page";

const stations = {
  text: "Text Representation Generator",
  noise: "Starting noise",
  attention: "Cross-attention",
  refiner: "Image Representation Refiner",
  decoder: "Decoder",
};

/** Tabs until the focus is on it, and sees that the focus shows. */
async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(target).toBeAttached();
  const reached = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 240 && !(await reached()); presses++) await page.keyboard.press(key);
  await expect(target).toBeFocused();
  await seen(page);
}

/** What has the focus is in the window, hidden by nothing, and marked, once the page has settled. */
async function seen(page: Page): Promise<void> {
  await expect.poll(() => focus(page), { timeout: 5_000 }).toMatchObject({ marked: true, uncovered: true });
}

async function focus(page: Page): Promise<{ name: string; marked: boolean; uncovered: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
    const top = document.elementFromPoint(x, y);
    const marked = (one: Element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
    };
    return {
      name: element.getAttribute("aria-label") ?? element.textContent!.trim().slice(0, 60),
      marked: [element, element.parentElement!, ...element.querySelectorAll("*")].some(marked),
      uncovered: element.contains(top) || top?.contains(element) === true,
    };
  });
}

for (const [name, title] of Object.entries(stations)) {
  test(`by keys alone: ${title} opens to its mechanism and its formula, and gives the focus back`, async ({
    page,
  }) => {
    const explorer = new ExplorerPage(page);
    await explorer.open("#prompt=a+red+apple&steps=3&seed=1&step=2");
    await explorer.drawn();
    const opener = page.getByRole("button", { name: `Open ${title}` });
    await tabTo(page, opener);
    await page.keyboard.press("Enter");
    const room = page.getByRole("region", { name: title, exact: true });
    await expect(room).toBeFocused();
    await expect(page).toHaveURL(new RegExp(`open=${name}&level=2`));
    await tabTo(page, room.getByRole("radio", { name: /Mechanism/ }));
    await page.keyboard.press("ArrowRight");
    await expect(room.getByRole("radio", { name: /Formula/ })).toBeFocused();
    await expect(page).toHaveURL(new RegExp(`open=${name}&level=3`));
    await expect(room.getByRole("heading", { level: 3 }).first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(new RegExp(`open=${name}&level=2`));
    await page.keyboard.press("Escape");
    await expect(opener).toBeFocused();
    await seen(page);
    expect((await explorer.step())[0]).toBe(2);
  });
}

test("by keys alone: everything in every room is reached, and its focus shows", async ({ page }) => {
  for (const name of Object.keys(stations)) {
    for (const level of [2, 3]) {
      await page.goto("about:blank");
      const explorer = new ExplorerPage(page);
      await explorer.open(`#prompt=a+red+apple&steps=3&seed=1&open=${name}&level=${level}`);
      await explorer.drawn();
      const room = page.locator("[data-room]");
      await expect(room.getByRole("heading", { level: 3 }).first()).toBeVisible();
      await room.focus();
      const inside = () => room.evaluate((element) => element.contains(document.activeElement));
      let stops = 0;
      for (; stops < 60; stops++) {
        await page.keyboard.press("Tab");
        if (!(await inside())) break;
        await test.step(`${name} ${level}, stop ${stops + 1}`, () => seen(page));
      }
      expect(await inside()).toBe(false);
      expect(stops).toBeGreaterThan(1);
    }
  }
});

test("by keys alone: the timeline steps and plays, guidance draws, and a cell is followed", async ({
  page,
}) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=3&seed=1&guidance_scale=7&step=1");
  await explorer.drawn();
  await tabTo(page, explorer.film);
  await page.keyboard.press("ArrowRight");
  expect((await explorer.step())[0]).toBe(2);
  await tabTo(page, page.getByRole("button", { name: "Play", exact: true }), "Shift+Tab");
  await page.keyboard.press("Space");
  await expect.poll(async () => (await explorer.step())[0]).toBe(3);
  await tabTo(page, page.getByRole("slider", { name: "Guidance", exact: true }), "Shift+Tab");
  await page.keyboard.press("PageDown");
  await expect(page).toHaveURL(/guidance_scale=1(&|$)/);
  await explorer.drawn();
  await tabTo(page, page.getByRole("button", { name: `Open ${stations.refiner}` }), "Shift+Tab");
  await page.keyboard.press("Enter");
  const row = page.getByRole("spinbutton", { name: "row" });
  await tabTo(page, row);
  const before = await page.locator('[data-value="Latent"]').first().innerText();
  await page.keyboard.press("ArrowUp");
  await expect(row).toHaveValue("9");
  await expect(page.locator('[data-value="Latent"]').first()).not.toHaveText(before);
});

test("by keys alone: the tour is taken, left and taken up again, and the focus comes back", async ({
  page,
}) => {
  await new ExplorerPage(page).open();
  const tour = page.getByRole("button", { name: "Tour" });
  await tabTo(page, tour);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Stop 1 of")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByText("Stop 2 of")).toBeVisible();
  await expect(page.getByRole("dialog").getByRole("heading")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(tour).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Stop 2 of")).toBeVisible();
});

test("by keys alone: the article is read, jumps back into a station, and a question is answered", async ({
  page,
}) => {
  await new ExplorerPage(page).open();
  const contents = page.getByRole("navigation", { name: "In this article" });
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press("PageDown");
  await tabTo(page, contents.getByRole("link").nth(2));
  await page.keyboard.press("Enter");
  const jump = page
    .locator("#below")
    .getByRole("button", { name: /in the explorer/ })
    .first();
  await tabTo(page, jump);
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-room]")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator("[data-room]")).toHaveCount(0);
  await expect(jump).toBeFocused();
  await seen(page);
  const card = page.locator("[data-question=guidance_0]");
  const choice = card.getByRole("radio").first();
  await tabTo(page, choice);
  await page.keyboard.press("Space");
  await expect(choice).toBeChecked();
  await tabTo(page, card.getByRole("button", { name: /look/i }));
  await page.keyboard.press("Enter");
  await expect(card.locator(".reveal")).toBeVisible();
});
