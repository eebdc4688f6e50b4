import { expect, test, type Page } from "@playwright/test";
import { findings } from "./axe";
import { ExplorerPage, storedTrace } from "./page";

const request = {
  prompt: "a red apple, flat design",
  steps: 4,
  seed: 1,
  guidance_scale: 7,
  scheduler: "ddim",
};
const own = "#prompt=a+red+apple,+flat+design&steps=4&seed=1&guidance_scale=7&scheduler=ddim";

async function openQuestions(page: Page, hash: string): Promise<void> {
  const explorer = new ExplorerPage(page);
  await explorer.open(hash);
  await explorer.drawn();
  await page.locator("#below").evaluate((place) => place.scrollIntoView());
  await expect(page.getByRole("heading", { name: "Your turn: predict, then look" })).toBeVisible();
}

/** Chooses an answer, looks, and returns the recorded run that the reveal names. */
async function look(page: Page, name: string, choice = 0) {
  const card = page.locator(`[data-question=${name}]`);
  await card.getByRole("radio").nth(choice).check();
  await card.getByRole("button", { name: /look/i }).click();
  await expect(card.locator(".reveal")).toBeVisible();
  return storedTrace(page, (await card.locator(".reveal").getAttribute("data-run"))!);
}

const changes = {
  guidance_0: { guidance_scale: 0 },
  guidance_20: { guidance_scale: 20 },
  seed: { seed: 2 },
  word: { prompt: "a red apple" },
  negative: { negative_prompt: "flat design" },
  steps: { steps: 8 },
  scheduler: { scheduler: "euler_ancestral" },
};

for (const [name, change] of Object.entries(changes)) {
  test(`the answer to “${name}” is the reader's run with that one change`, async ({ page }) => {
    await openQuestions(page, own);
    const trace = await look(page, name);
    expect(trace.request).toMatchObject({
      negative_prompt: "",
      ...request,
      ...change,
    });
    const card = page.locator(`[data-question=${name}]`);
    await expect(card).toContainText("You expected:");
    const link = new URLSearchParams((await card.getByRole("link").getAttribute("href"))!.slice(1));
    for (const [field, value] of Object.entries(change)) expect(link.get(field)).toBe(String(value));
  });
}

test("guidance 0 leaves nothing but the generic noise, as measured in that run", async ({ page }) => {
  await openQuestions(page, own);
  await look(page, "guidance_0", 1);
  const card = page.locator("[data-question=guidance_0]");
  await expect(card).toContainText("That is what happens.");
  await expect(card).toContainText(/by at most 0\.(?!\d)/);
});

test("a wrong guess is told what happens, beside the run's own forecast", async ({ page }) => {
  await openQuestions(page, own);
  const card = page.locator("[data-question=forecast]");
  await expect(card.getByRole("button", { name: "Look" })).toBeDisabled();
  await card.getByRole("radio").nth(2).check();
  await card.getByRole("button", { name: "Look" }).click();
  await expect(card).toContainText("What happens: A rough blend of what could come.");
  await expect(card.locator("figure").getByRole("img")).toHaveCount(2);
  expect(await findings(page)).toEqual([]);
});
