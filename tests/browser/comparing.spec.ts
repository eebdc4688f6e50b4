import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { ExplorerPage, finished } from "./page";

test("a click on a keyword compares with the prompt without it", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple+on+a+table,+flat+design&steps=6&seed=1");
  await explorer.drawn();
  await page.getByRole("button", { name: "Compare without “flat design”" }).click();
  await expect(page.getByRole("textbox", { name: "Prompt B" })).toHaveValue("a red apple on a table");
  await expect(page.locator("mark.a")).toHaveText(", flat design");
  await expect(page.getByText("Same seed 1, same starting noise")).toBeVisible();
  await expect(page.getByText(/distance of the latents/)).toBeVisible();
  await page.keyboard.press("Home");
  await expect(page.getByText("Distance 0", { exact: true })).toBeVisible();
  // The last step is there once both runs are drawn.
  await expect(async () => {
    await page.keyboard.press("End");
    await expect(page.getByText(/Distance \d*\.?\d*[1-9]/)).toBeVisible({
      timeout: 1000,
    });
  }).toPass();
});

test("a prompt compared with itself differs nowhere", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&compare=a+red+apple");
  await expect(page.getByText("the same words")).toBeVisible();
  await expect(page.getByText("identical in every slot")).toBeVisible();
  await expect(page.getByText("Distance 0", { exact: true })).toBeVisible();
});

test("a stored pair opens with both films on one timeline", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("dialog").getByRole("button").last().click();
  await expect(page.locator(".film")).toHaveCount(2);
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
  await page.keyboard.press("Home");
  await expect(page.getByRole("img", { name: /^A: Latent at step 1,/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /^B: Latent at step 1,/ })).toBeVisible();
  expect(await explorer.pixels(/^A: Latent at step 1,/)).toBe(await explorer.pixels(/^B: Latent at step 1,/));
});

test("the map shows the runs from one start, and a step of it is one of the timeline", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple&compare_c=a+castle&step=2");
  const runs = page.getByRole("slider", { name: /^Run [ABC],/ });
  await expect(runs).toHaveCount(3);
  const requests = ["a red apple", "a green apple"].map((prompt) => ({ prompt, steps: 4, seed: 1 }));
  const { differences } = await finished(page, "comparisons", { requests });
  const [difference] = differences;
  await expect(page.getByText(`Distance ${difference.latent_distance[1].toFixed(2)}`)).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toBeHidden();
  await runs.nth(2).focus();
  await expect(page.getByText("C, step 2 of 4")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "3");
  const end = (await runs.nth(2).locator(".step").last().boundingBox())!;
  await page.mouse.click(end.x + end.width / 2, end.y + end.height / 2);
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "4");
  await explorer.film.press("ArrowLeft");
  await page.getByRole("radio", { name: "Pictures" }).click();
  await expect(page.getByRole("img", { name: /“a castle”, step 3 of 4/ })).toBeVisible();
  await expect(page).toHaveURL(/beside=pictures/);
  await page.goBack();
  await expect(runs).toHaveCount(3);
  await page.getByRole("button", { name: "Take B out of the comparison" }).click();
  await expect(page.getByRole("textbox", { name: "Prompt B" })).toHaveValue("a castle");
});

test("a branch is equal up to its step and says from where on it differs", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=43&step=3");
  await explorer.drawn();
  await page.getByRole("button", { name: "Branch", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Branch from this run" });
  await expect(form.getByLabel("From step")).toHaveValue("3");
  await expect(form.getByRole("button", { name: "Draw the branch" })).toBeDisabled();
  await form.getByLabel("Guidance").fill("20");
  await form.getByRole("button", { name: "Draw the branch" }).click();
  await expect(page.getByText("from step 3 on").first()).toBeVisible();
  await expect(page.getByText("Distance 0", { exact: true })).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("End");
    await expect(page.getByText(/Distance \d*\.?\d*[1-9]/)).toBeVisible({
      timeout: 1000,
    });
  }).toPass();
  await expect(page).toHaveURL(/b_from=3&b_guidance=20/);
  await page.getByRole("button", { name: "Show B alone" }).click();
  await expect(page.getByText("Until step 2: “a red apple”")).toBeVisible();
  for (const [key, guidance] of [
    ["Home", 7],
    ["End", 20],
  ]) {
    await page.keyboard.press(String(key));
    await expect(page.getByRole("main").locator(".factor.reader")).toHaveText(`× ${guidance}`);
  }
});

test("a run that is still being drawn ends where it stands, whoever leaves before it", async ({ page }) => {
  await page.goto(
    "./#prompt=a+red+apple&seed=77&steps=30&compare=a+green+apple&compare_c=a+pear+in+the+snow",
  );
  await expect(page.getByRole("textbox", { name: "Prompt C" })).toBeVisible();
  await page.getByRole("button", { name: "Take B out of the comparison" }).click();
  await expect(page.getByRole("textbox", { name: "Prompt B" })).toHaveValue("a pear in the snow");
  await expect(page.getByRole("button", { name: "Swap" })).toBeVisible();
  await page.keyboard.press("End");
  await expect(page.getByText(/Distance \d*\.?\d*[1-9]/)).toBeVisible();
});

test("swapping and closing keep the step", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple&step=3");
  await expect(page.getByText(/Distance 0\.\d/)).toBeVisible();
  await page.getByRole("button", { name: "Swap" }).click();
  await expect(page.getByRole("textbox", { name: "Prompt A" })).toHaveValue("a green apple");
  await page.getByRole("button", { name: "Close" }).click();
  await expect(explorer.prompt).toHaveValue("a green apple");
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "3");
});

test("maps of the difference reach to the largest that the server finds, for any sampler", async ({
  page,
}) => {
  const explorer = new ExplorerPage(page);
  const shared = { steps: 4, seed: 1, scheduler: "euler" };
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&scheduler=euler&compare=a+green+apple&step=2");
  await expect(page.getByText(/^Distance 0\.\d/)).toBeVisible();
  const requests = ["a red apple", "a green apple"].map((prompt) => ({
    prompt,
    ...shared,
  }));
  const asked = await page.request.post("./api/comparisons", {
    data: { requests },
  });
  const group = (await asked.json()).id;
  await expect(async () => {
    const [found] = (await (await page.request.get(`./api/comparisons/${group}`)).json()).differences;
    const sizes = found.largest_differences;
    for (const [name, size] of [
      ["Latent", sizes.latent],
      ["Impact", sizes.prompt_impact],
      ["Guided noise", sizes.noise_guided],
      ["Picture it is heading for", sizes.predicted_picture],
    ]) {
      const map = page.getByRole("img", {
        name: `Difference: ${name} at step 2`,
      });
      const label = await map.getAttribute("aria-label", { timeout: 1000 });
      const limit = Number(label!.split(" ").at(-1));
      expect(Math.abs(limit / size - 1), `${name}: ${limit} for ${size}`).toBeLessThan(0.02);
    }
  }).toPass();
});

test("an open station shows both runs beside each other, on a phone one at a time", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple&step=2");
  await page.getByRole("button", { name: "Text", exact: true }).click();
  const rooms = page.getByRole("region", {
    name: "Text Representation Generator",
  });
  await expect(rooms).toHaveCount(2);
  const [a, b] = [(await rooms.nth(0).boundingBox())!, (await rooms.nth(1).boundingBox())!];
  expect(b.y).toBe(a.y);
  expect(b.x).toBeGreaterThan(a.x + a.width);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(rooms).toHaveCount(1);
  await expect(rooms.getByText("red", { exact: true }).first()).toBeVisible();
  await page.getByRole("radiogroup", { name: "Which run" }).getByRole("radio", { name: "B" }).click();
  await expect(rooms.getByText("green", { exact: true }).first()).toBeVisible();
});

test("guidance that is tried in B's room is drawn for B alone", async ({ page }) => {
  await new ExplorerPage(page).open(
    "#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple&step=2&open=refiner&level=2",
  );
  const rooms = page.getByRole("region", { name: "Image Representation Refiner" });
  await expect(rooms.getByText("7, drawn")).toHaveCount(2);
  const [a, b] = [rooms.nth(0), rooms.nth(1)];
  const slider = b.getByRole("slider", { name: "Guidance scale of this step" });
  await slider.focus();
  for (let half = 0; half < 2; half++) await page.keyboard.press("ArrowLeft");
  await expect(slider).toHaveAttribute("aria-valuetext", "6");
  await expect(a.getByRole("button", { name: "Draw at 7" })).toBeDisabled();
  await b.getByRole("button", { name: "Draw at 6" }).click();
  await expect(b.getByText("6, drawn")).toBeVisible();
  await expect(a.getByText("7, drawn")).toBeVisible();
  await expect(page).toHaveURL(/[#&]guidance_scale=7.*b_guidance=6/);
});

for (const [width, height] of [
  [390, 844],
  [1024, 768],
  [1440, 900],
] as const) {
  test(`a comparison of four fits ${width} by ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    const four =
      "#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple&compare_c=a+castle&compare_d=a+cat";
    await new ExplorerPage(page).open(four);
    await expect(page.getByRole("textbox", { name: /^Prompt [ABCD]$/ })).toHaveCount(4);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    if (width < 1280) return;
    const timeline = (await page.getByRole("region", { name: "Timeline" }).boundingBox())!;
    const last = (await page.getByRole("img", { name: /^B: Latent/ }).boundingBox())!;
    expect(last.y + last.height).toBeLessThan(timeline.y);
  });
}

test("a comparison is taken away as a report that stands alone", async ({ page }) => {
  await new ExplorerPage(page).open("#prompt=a+red+apple&steps=4&seed=1&compare=a+green+apple");
  await expect(page.getByText("half of the final distance")).toBeVisible();
  await page.getByRole("button", { name: "Share" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: /a report of A and B/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^comparison-.*\.html$/);
  await page.setContent(await readFile(await file.path(), "utf-8"));
  await expect(page.getByRole("heading", { name: "What do the words change, and when?" })).toBeVisible();
});
