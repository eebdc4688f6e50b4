import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Locator, type Page } from "@playwright/test";
import { ExplorerPage, finished } from "./page";

const run = "prompt=a+red+apple&seed=1&steps=4&guidance_scale=7";

/** A number of the page, with its typographic minus. */
function numberOf(text: string): number {
  return Number(text.trim().replace("−", "-"));
}

async function value(tile: Locator): Promise<number> {
  return numberOf(await tile.innerText());
}

/** The new latent's number and those of the terms that make it, read at one moment. Runs in the page. */
function sumShown(formula: Element) {
  const text = (selector: string) => formula.querySelector<HTMLElement>(selector)!.innerText;
  const names = [...formula.querySelectorAll<HTMLElement>("[data-coefficient]")].map(
    ({ dataset }) => dataset.coefficient!,
  );
  const terms = names.map((name) => ({
    factor: text(`[data-coefficient="${name}"]`),
    value: text(`[data-term="${name}"]`),
  }));
  return { next: text('[data-term="next_latent"]'), terms };
}

function numbersOf({ factor, value }: { factor: string; value: string }) {
  return { factor: numberOf(factor.replace(/[=×\s]/g, "")), value: numberOf(value) };
}

/** One step as the server recorded it: tensors as nested lists. */
async function recorded(page: Page, step: number) {
  const request = {
    prompt: "a red apple",
    seed: 1,
    steps: 4,
    guidance_scale: 7,
  };
  const { id } = await finished(page, "traces", request);
  return (await page.request.get(`./api/traces/${id}/steps/${step}`)).json();
}

async function follow(page: Page, channel: number, row: number, column: number): Promise<void> {
  await page.getByRole("spinbutton", { name: "channel" }).fill(String(channel));
  await page.getByRole("spinbutton", { name: "row" }).fill(String(row));
  await page.getByRole("spinbutton", { name: "column" }).fill(String(column));
}

test("the numbers under the tiles are the recorded ones, and their sums add up", async ({ page }) => {
  const step = await recorded(page, 1);
  await new ExplorerPage(page).open(`#${run}&step=2&open=refiner&level=2`);
  await follow(page, 3, 5, 9);
  const shown = (name: string, nth = 0) => value(page.locator(`[data-value="${name}"]`).nth(nth));
  const at = (name: string) => step[name][2][4][8];
  expect(await shown("Prompt noise")).toBeCloseTo(at("noise_conditional"), 2);
  expect(await shown("Generic noise")).toBeCloseTo(at("noise_unconditional"), 2);
  expect(await shown("Guided noise")).toBeCloseTo(at("noise_guided"), 2);
  expect(await shown("Latent")).toBeCloseTo(at("latent"), 2);
  expect(await shown("New latent")).toBeCloseTo(at("next_latent"), 2);
  const { latent, noise_guided } = step.step.coefficients;
  const sum = latent * (await shown("Latent")) + noise_guided * (await shown("Guided noise"));
  expect(sum).toBeCloseTo(await shown("New latent"), 2);
});

test("guidance 3 recombines this step at once, and a click draws the picture at 3", async ({ page }) => {
  const step = await recorded(page, 1);
  await new ExplorerPage(page).open(`#${run}&step=2&open=refiner&level=2`);
  await follow(page, 1, 8, 8);
  const slider = page.getByRole("slider", {
    name: "Guidance scale of this step",
  });
  await slider.focus();
  await page.keyboard.press("PageDown");
  for (let half = 0; half < 4; half++) await page.keyboard.press("ArrowRight");
  await expect(slider).toHaveAttribute("aria-valuetext", "3");
  const [generic, prompt] = [step.noise_unconditional[0][7][7], step.noise_conditional[0][7][7]];
  const guided = await value(page.locator('[data-value="Guided noise"]'));
  expect(guided).toBeCloseTo(generic + 3 * (prompt - generic), 2);
  await expect(page.getByText("7, drawn")).toBeVisible();
  await page.getByRole("button", { name: "Draw at 3" }).click();
  await expect(page).toHaveURL(/guidance_scale=3/);
  await expect(page).toHaveURL(/open=refiner&level=2/);
  await expect(page.getByText("3, drawn")).toBeVisible();
});

test("a press on a tile follows the number under it", async ({ page }) => {
  await new ExplorerPage(page).open(`#${run}&step=2&open=refiner&level=2`);
  const tile = page.getByRole("img", { name: /^Prompt noise at step/ });
  const { width, height } = (await tile.boundingBox())!;
  await tile.click({ position: { x: width * (2.5 / 16), y: height * (13.5 / 16) } });
  await expect(page.getByRole("spinbutton", { name: "row" })).toHaveValue("14");
  await expect(page.getByRole("spinbutton", { name: "column" })).toHaveValue("3");
});

test("with reduced motion the two noises swap on request and never by themselves", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await new ExplorerPage(page).open(`#${run}&step=2&open=refiner&level=2`);
  const first = page.locator(".equation").first().getByRole("img").first();
  await expect(first).toHaveAccessibleName(/^Prompt noise/);
  await page.getByRole("button", { name: "Swap to generic" }).click();
  await expect(first).toHaveAccessibleName(/^Generic noise/);
  await page.waitForTimeout(1200);
  await expect(first).toHaveAccessibleName(/^Generic noise/);
});

for (const scheduler of ["ddim", "pndm", "lms", "euler", "euler_ancestral", "dpmpp_2m", "unipc", "heun"]) {
  test(`the formula of ${scheduler} adds up with this step's coefficients`, async ({ page }) => {
    const step = scheduler === "heun" ? 4 : 3; // every other step of Heun corrects the one before
    await new ExplorerPage(page).open(
      `#prompt=a+red+apple&seed=1&steps=4&scheduler=${scheduler}&guidance_scale=7&step=${step}&open=refiner&level=3`,
    );
    const formula = page.getByRole("region", {
      name: /^(DDIM|PNDM|LMS|Euler|DPM|UniPC|Heun)/,
    });
    await expect(formula.locator("math").first()).toBeVisible();
    const { next, terms } = await formula.evaluate(sumShown);
    let [sum, tolerance] = [0, 0.001];
    for (const { factor, value } of terms.map(numbersOf)) {
      sum += factor * value;
      tolerance += Math.abs(factor) * 0.002 + Math.abs(value) * 0.002;
    }
    expect(terms.length).toBeGreaterThan(1);
    expect(Math.abs(sum - numberOf(next))).toBeLessThan(tolerance + 0.01);
  });
}

for (const scheme of ["light", "dark"] as const) {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    test(`axe finds nothing in the image side's rooms, ${scheme}, ${width} wide`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height });
      for (const [name, title] of [
        ["refiner", "Image Representation Refiner"],
        ["decoder", "Decoder"],
      ]) {
        for (const level of [2, 3]) {
          await page.goto("about:blank");
          await new ExplorerPage(page).open(`#open=${name}&level=${level}`);
          await expect(
            page.getByRole("region", { name: title }).getByRole("heading", { level: 3 }).first(),
          ).toBeVisible();
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
          const { violations } = await new AxeBuilder({ page }).analyze();
          const found = violations.map(
            ({ id, nodes }) => `${name} ${level} ${id}: ${nodes[0]!.html.slice(0, 160)}`,
          );
          expect(found).toEqual([]);
        }
      }
    });
  }
}

test("the decoder's room shows the latent's numbers and how many there are", async ({ page }) => {
  const step = await recorded(page, 1);
  await new ExplorerPage(page).open(`#${run}&step=2&picture=latent&open=decoder&level=2`);
  await follow(page, 1, 4, 6);
  for (const channel of [1, 2, 3, 4]) {
    const shown = await value(page.locator(`[data-channel="${channel}"]`));
    expect(shown).toBeCloseTo(step.latent[channel - 1][3][5], 2);
  }
  await page.getByRole("radio", { name: /Formula/ }).click();
  const [picture, latent] = [page.locator("[data-count=picture]"), page.locator("[data-count=latent]")];
  const counts = await Promise.all(
    [picture, latent].map(async (one) => (await one.innerText()).replace(",", "")),
  );
  expect(counts).toEqual([String(3 * 128 * 128), String(4 * 16 * 16)]);
});

test("on a phone an open station is a sheet above the timeline", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const explorer = new ExplorerPage(page);
  await explorer.open(`#${run}&step=2`);
  await explorer.drawn();
  await page.getByRole("button", { name: "Open Image Representation Refiner" }).click();
  const room = page.locator("[data-room]");
  await expect(async () => {
    const [sheet, film] = [(await room.boundingBox())!, (await explorer.film.boundingBox())!];
    expect(sheet).toMatchObject({ x: 0, y: 0, width: 390 });
    expect(sheet.y + sheet.height).toBeLessThanOrEqual(film.y);
  }).toPass();
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "3");
  await page.getByRole("button", { name: "One level back (Escape)" }).click();
  await expect(page.getByRole("button", { name: "Open Image Representation Refiner" })).toBeFocused();
});
