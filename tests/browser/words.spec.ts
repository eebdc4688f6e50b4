import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Locator, type Page } from "@playwright/test";
import { cosine, row } from "../../frontend/src/tensor/cosine";
import { percent, shortNumber, signedText } from "../../frontend/src/tensor/numbers";
import { readSafetensors } from "../../frontend/src/tensor/safetensors";
import { unstack } from "../../frontend/src/tensor/tensor";
import { mean, readables, shareMap, sharesOf } from "../../frontend/src/run/attention";
import type { EmbeddedPicture } from "../../frontend/src/wire/server";
import { ExplorerPage, storedTrace } from "./page";

/** The first run of the gallery: what the page opens with. */
async function first(page: Page) {
  const { traces } = await (await page.request.get("./api/gallery")).json();
  return storedTrace(page, traces[0].id);
}

async function tensors(page: Page, id: string, file: string) {
  const response = await page.request.get(`./api/traces/${id}/files/${file}`);
  const bytes = await response.body();
  return readSafetensors(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  );
}

async function attentionOf(page: Page, trace: { id: string; attention: { file: string; scale: number[] } }) {
  const stored = (await tensors(page, trace.id, trace.attention.file)).get("attention")!;
  const maps = unstack(sharesOf(stored, trace.attention.scale));
  return { steps: maps.length, maps, layers: [] };
}

/** The stored run that answers, once it is drawn. */
async function drawn(page: Page, data: object) {
  let id = "";
  await expect
    .poll(async () => {
      const accepted = await (await page.request.post("./api/traces", { data })).json();
      id = accepted.id;
      return accepted.status;
    })
    .toBe("done");
  return storedTrace(page, id);
}

function room(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

test("a slot shows the numbers that were recorded, and how alike slots are", async ({ page }) => {
  await new ExplorerPage(page).open("#open=text&level=2");
  const trace = await first(page);
  const embedding = (await tensors(page, trace.id, "arrays.safetensors")).get("text_embedding")!;
  const text = room(page, "Text Representation Generator");
  const map = text.getByRole("slider", {
    name: "Slot of the text representation",
  });
  await map.focus();
  await map.press("Home");
  for (let slot = 0; slot < 3; slot++) {
    const numbers = [...row(embedding, slot).subarray(0, 5)].map(shortNumber).join(", ");
    await expect(text.getByText(`[ ${numbers},`)).toBeVisible();
    await map.press("ArrowRight");
  }
  const token = trace.tokens[3];
  await expect(map).toHaveAttribute("aria-valuetext", `slot 4 · ${token.text} · id ${token.id}`);
  const others = trace.tokens.filter(
    ({ kind, slot }: { kind: string; slot: number }) => kind !== "padding" && slot !== 3,
  );
  const likest = Math.max(
    ...others.map(({ slot }: { slot: number }) => cosine(row(embedding, 3), row(embedding, slot))),
  );
  await expect(text.getByText(/^Most like slot/)).toContainText(shortNumber(likest));
});

test("a prompt that is too long names what was cut, and how much", async ({ page }) => {
  const prompt = `${"a very ".repeat(38)}cute rabbit in space`;
  await new ExplorerPage(page).open(`#prompt=${encodeURIComponent(prompt)}&steps=1&open=text&level=2`);
  const text = room(page, "Text Representation Generator");
  await expect(text.getByText("5 tokens are cut from the end.")).toBeVisible();
  await expect(text.getByText(/^82 with start and end; only 77 fit/)).toBeVisible();
  await expect(text.locator("s")).toHaveText(["very", "cute", "rabbit", "in", "space"]);
});

test("the match with the prompt is the recorded one at every step", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open("#open=text&level=3&step=1");
  const trace = await first(page);
  for (const k of [0, 1, 2]) {
    for (const kind of ["predicted", "latent"] as const) {
      await expect(page.locator(`[data-match=${kind}]`)).toHaveText(
        shortNumber(trace.steps[k]!.clip_similarity![kind]),
      );
    }
    await page.getByRole("button", { name: "Next step" }).click();
  }
});

test("the prompt is held against the gallery's pictures", async ({ page }) => {
  await new ExplorerPage(page).open("#open=text&level=3");
  const trace = await first(page);
  const { pictures } = await (await page.request.get("./api/pictures")).json();
  const matches: number[] = pictures.map(({ clip_embeddings }: EmbeddedPicture) =>
    cosine(trace.clip_embeddings!.prompt, clip_embeddings.picture),
  );
  const own = page.getByRole("row", { name: /^your prompt/ }).getByRole("cell");
  await expect(own).toHaveText(matches.sort((a, b) => b - a).map(shortNumber));
});

test("a changed word changes its slot and all later ones, none before", async ({ page }) => {
  await new ExplorerPage(page).open("#prompt=a+red+apple&steps=1&seed=1&open=text&level=3");
  const field = page.getByRole("textbox", { name: "Another prompt" });
  await field.fill("a red car");
  await page.getByRole("button", { name: "Read it" }).click();
  await expect(page.getByText("Slots 1 to 3 are the same; from slot 4, car, on they change.")).toBeVisible();
  await expect(page).toHaveURL(/prompt=a\+red\+apple/);
});

test("what is read adds up, word by word and at a cell", async ({ page }) => {
  await new ExplorerPage(page).open("#open=attention&level=2&step=3");
  const trace = await first(page);
  const attention = await attentionOf(page, trace);
  const read = readables(trace.tokens).map((one) => ({
    ...one,
    map: shareMap(attention, one.slots, 2),
  }));
  const reading = room(page, "Cross-attention");
  const shares = reading.getByRole("list", { name: "Shares of all that is read" }).getByRole("listitem");
  await expect(shares.first()).toBeVisible();
  const total = (await shares.allTextContents()).reduce(
    (sum, text) => sum + Number(/[\d.]+/.exec(text)![0]),
    0,
  );
  expect(Math.abs(total - 100)).toBeLessThanOrEqual(2);
  for (const { kind, text, map } of read.filter((one) => one.kind === "word")) {
    await expect(
      reading
        .getByRole("radio", {
          name: `${text}, ${percent(mean(map))} of all reading`,
        })
        .first(),
      kind,
    ).toBeVisible();
  }
  const cursor = reading.getByRole("slider", { name: "Cell of the picture" });
  await cursor.focus();
  await cursor.press("ArrowDown");
  await cursor.press("ArrowRight");
  const [, , width] = trace.model.latent_shape;
  const most = Math.max(...read.map(({ map }) => map[width + 1]!));
  await expect(cursor).toHaveAttribute(
    "aria-valuetext",
    new RegExp(`^row 2, column 2: .*? ${percent(most)},`),
  );
});

test("a row of the softmax is the recorded one, adds up to 1, and follows the cell", async ({ page }) => {
  await new ExplorerPage(page).open("#prompt=a+red+apple&steps=3&seed=1&step=2&open=attention&level=3");
  const reading = room(page, "Cross-attention");
  const shares = reading.locator("[data-share]");
  await expect(shares.first()).toBeVisible();
  const { id } = await (
    await page.request.post("./api/traces", {
      data: { prompt: "a red apple", steps: 3, seed: 1 },
    })
  ).json();
  const trace = await storedTrace(page, id);
  const attention = await attentionOf(page, trace);
  const [, , width] = trace.model.latent_shape;
  const row_of = (cell: number) =>
    readables(trace.tokens).map(({ slots }) => shareMap(attention, slots, 1)[cell]!.toFixed(3));
  await expect(shares).toHaveText(row_of(7 * width + 7));
  const cursor = reading.getByRole("slider", { name: "Cell of the picture" });
  await cursor.focus();
  await cursor.press("ArrowDown");
  await cursor.press("ArrowLeft");
  await expect(shares).toHaveText(row_of(8 * width + 6));
  const total = Number(/= (\d\.\d+)/.exec(await reading.locator("[data-sum]").innerText())![1]);
  expect(total).toBeCloseTo(1, 1);
  const heads = trace.attention.layers.reduce(
    (sum: number, layer: { heads: number }) => sum + layer.heads,
    0,
  );
  await expect(
    reading.getByText(`At every step ${heads} heads in ${trace.attention.layers.length} layers`),
  ).toBeVisible();
});

test("over all steps a word's share is the mean of the steps", async ({ page }) => {
  await new ExplorerPage(page).open("#open=attention&level=2");
  const trace = await first(page);
  const attention = await attentionOf(page, trace);
  await page.getByRole("radio", { name: "All steps" }).click();
  const word = readables(trace.tokens).find(({ kind }) => kind === "word")!;
  const share = percent(mean(shareMap(attention, word.slots, null)));
  await expect(
    page.getByRole("radio", { name: `${word.text}, ${share} of all reading` }).first(),
  ).toBeVisible();
});

test("before a branch the words of the earlier prompt are read", async ({ page }) => {
  const origin = { step: 2, prompt: "a red apple", negative_prompt: "", guidance_scale: 7 };
  const hash = new URLSearchParams({
    prompt: "a long green tree",
    steps: "4",
    seed: "1",
    branched_from: JSON.stringify([origin]),
    open: "attention",
    level: "2",
    step: "2",
  });
  await new ExplorerPage(page).open(`#${hash}`);
  const reading = room(page, "Cross-attention");
  const read = reading.getByRole("radio", { name: /of all reading$/ });
  await expect(read).toHaveCount(6);
  await expect(reading.getByRole("radio", { name: /^apple,/ })).toBeVisible();
  await expect(reading.getByRole("radio", { name: "Steps 1 to 2" })).toBeVisible();
  await reading.getByRole("radio", { name: /^apple,/ }).click();
  await expect(reading.getByRole("button", { name: "Run again without “apple”" })).toBeVisible();
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(reading.getByRole("radio", { name: /^tree,/ })).toBeVisible();
  await expect(reading.getByRole("radio", { name: "Steps 3 to 4" })).toBeVisible();
});

test("running again without a word shows what it did, and leaves the run alone", async ({ page }) => {
  await new ExplorerPage(page).open("#prompt=a+red+apple&steps=2&seed=1&open=attention&level=2");
  const reading = room(page, "Cross-attention");
  await reading.getByRole("radio", { name: /^apple,/ }).click();
  await reading.getByRole("button", { name: "Run again without “apple”" }).click();
  await expect(reading.getByRole("img", { name: "Finished picture of “a red”" })).toBeVisible();
  await expect(reading.getByText(/^Without “apple” the final latent lies \d/)).toBeVisible();
  await expect(page).toHaveURL(/prompt=a\+red\+apple/);
});

test("neighbouring seeds are drawn together, and one of them becomes the run", async ({ page }) => {
  await new ExplorerPage(page).open("#prompt=a+red+apple&steps=1&seed=4&open=noise&level=2");
  await page.getByRole("button", { name: "Draw seeds 2 to 6" }).click();
  for (const seed of [2, 3, 5, 6]) {
    await expect(page.getByRole("img", { name: `Finished picture of seed ${seed}` })).toBeVisible();
    await expect(
      page.getByRole("img", {
        name: `Starting noise of seed ${seed}, decoded`,
      }),
    ).toBeVisible();
  }
  await page.getByRole("button", { name: "Show the run of seed 5" }).click();
  await expect(page).toHaveURL(/seed=5/);
});

test("the page draws a seed's noise again, and says what the sampler makes of it", async ({ page }) => {
  await new ExplorerPage(page).open("#prompt=a+red+apple&steps=3&seed=5&scheduler=euler&open=noise&level=3");
  const noise = room(page, "Starting noise");
  await expect(noise.getByText("Your browser has drawn the numbers of seed 5 again")).toBeVisible();
  const trace = await drawn(page, {
    prompt: "a red apple",
    steps: 3,
    seed: 5,
    scheduler: "euler",
  });
  const start = unstack((await tensors(page, trace.id, "arrays.safetensors")).get("latents")!)[0]!.values;
  await expect(noise.locator("[data-recorded]")).toHaveText([...start.subarray(0, 5)].map(signedText));
  const factor = Number(await noise.locator("[data-factor]").textContent());
  expect(factor * trace.steps[0].latent_scale).toBeCloseTo(1, 2);
  const numbers = (await noise.locator("[data-drawn]").allInnerTexts()).map((text) => text.replace("−", "-"));
  expect(numbers).toHaveLength(5);
  numbers.forEach((text, k) => expect(Number(text) * factor).toBeCloseTo(start[k]!, 1));
  const alike = (await noise.locator("[data-likeness]").allInnerTexts()).map((text) =>
    Math.abs(Number(text.replace("−", "-"))),
  );
  expect(alike).toHaveLength(25);
  alike.forEach((value, k) => expect(Math.abs(value - (k % 6 === 0 ? 1 : 0)), `${k}`).toBeLessThan(0.15));
});

const places = ["text", "attention", "noise"].flatMap((name) => [
  `open=${name}&level=2`,
  `open=${name}&level=3`,
]);
for (const scheme of ["light", "dark"] as const) {
  for (const [width, height] of [
    [1440, 900],
    [1024, 768],
    [390, 844],
  ] as const) {
    test(`axe finds nothing in the rooms of the words, ${width} wide, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      for (const place of places) {
        await page.goto("about:blank");
        await new ExplorerPage(page).open(`#${place}`);
        await expect(page.locator("[data-room] h3").first()).toBeVisible();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => `${place}: ${id} ${nodes[0]!.html.slice(0, 160)}`)).toEqual(
          [],
        );
        expect(await page.evaluate(() => document.documentElement.scrollWidth), place).toBe(width);
      }
    });
  }
}
