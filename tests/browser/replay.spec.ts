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
  await page.getByRole("dialog").getByRole("button").last().click();
  await expect(page.locator(".film")).toHaveCount(2);
  await expect(page.locator(".waiting-hatch")).toHaveCount(0);
  await expect(page.getByText(/x shows \d+ %, y \d+ % of the variance/)).toBeVisible();
  await expect(page.getByRole("slider", { name: /^Run [AB],/ })).toHaveCount(2);
});

test("a grid shows what is stored and says why the rest is off", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const { request } = (await (await page.request.get("./api/gallery")).json()).traces[0];
  const columns = `columns=guidance_scale&columns_value=${request.guidance_scale}&columns_value=0.125`;
  const hash = new URLSearchParams({
    prompt: request.prompt,
    seed: request.seed,
    steps: request.steps,
  });
  await explorer.page.goto(`./#${hash}&view=grid&rows=seed&rows_value=${request.seed}&${columns}`);
  const cells = page.getByRole("table").getByRole("button", { name: /guidance/ });
  await expect(cells.first()).toBeEnabled();
  await expect(cells.last()).toBeDisabled();
  await expect(
    page.getByText("1 of 2 are stored; there is no server here to draw the others."),
  ).toBeVisible();
});

test("a stored run shows where its words are read, and says what it cannot show", async ({ page }) => {
  await new ExplorerPage(page).open("#open=attention&level=2");
  const reading = page.getByRole("region", {
    name: "Cross-attention",
    exact: true,
  });
  await expect(reading.getByRole("radio", { name: /of all reading$/ }).first()).toBeVisible();
  await expect(reading.getByText(/is not stored, and there is no server|Run again without/)).toBeVisible();
});

test("a stored prompt is held against pictures, and against another stored prompt", async ({ page }) => {
  await new ExplorerPage(page).open("#open=text&level=3");
  await expect(page.getByRole("row", { name: /^your prompt/ })).toBeVisible();
  await expect(page.getByText(/^Slots? 1 to \d+ are the same|^No slot changes/)).toBeVisible();
  await expect(page.locator("[data-match=predicted]")).toHaveText(/^−?\d\.\d\d$/);
});

test("the sliders step through the runs that are stored, and through no others", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  const { traces } = await (await page.request.get("./api/gallery")).json();
  const { request } = traces[0];
  const names = ["prompt", "negative_prompt", "seed", "guidance_scale", "steps", "scheduler"];
  for (const [label, setting] of [
    ["Guidance", "guidance_scale"],
    ["Seed", "seed"],
  ] as const) {
    const stored: number[] = traces
      .filter((entry: { request: typeof request }) =>
        names.every((name) => name === setting || entry.request[name] === request[name]),
      )
      .map((entry: { request: typeof request }) => entry.request[setting]);
    expect(stored.length).toBeGreaterThan(1);
    const slider = page.getByRole("slider", { name: label, exact: true });
    const step = await explorer.step();
    await slider.press("Home");
    for (const value of stored.toSorted((a, b) => a - b)) {
      await expect(slider).toHaveAttribute("aria-valuetext", String(value));
      await expect(page).toHaveURL(new RegExp(`${setting}=${value}(&|$)`));
      expect(await explorer.step()).toEqual(step);
      await slider.press("ArrowRight");
    }
    await expect(page.locator(".waiting-hatch")).toHaveCount(0);
    while ((await slider.getAttribute("aria-valuetext")) !== String(request[setting])) {
      await slider.press("ArrowLeft");
    }
    await expect(page).toHaveURL(new RegExp(`${setting}=${request[setting]}(&|$)`));
  }
});
