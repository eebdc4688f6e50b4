import { expect, test } from "vitest";
import { linkHash, mangledIn, readLink as readLinkOf, type PageLink } from "./link";

const readLink = (hash: string) => readLinkOf(hash, [{ name: "text" }, { name: "refiner" }]);

const link: PageLink = {
  request: {
    prompt: "a fox & a hare, 水彩",
    negative_prompt: "blurry",
    seed: 3,
    guidance_scale: 7.5,
    steps: 25,
    scheduler: "ddim",
  },
  step: 9,
  picture: "latent",
  others: [{ prompt: "a fox" }, { prompt: "a hare", step: 4, guidance_scale: 3, negative_prompt: "" }],
  experiment: null,
  beside: "umap",
  room: { name: "refiner", level: 3 },
};

test("a link restores what it was made of", () => {
  expect(readLink(`#${linkHash(link)}`)).toEqual(link);
});

test("the step counts from one in the address", () => {
  expect(linkHash(link)).toContain("step=10");
});

test("nonsense in an address is left out", () => {
  expect(readLink("#seed=x&step=-2&picture=cat&prompt=fox&open=cellar")).toEqual({
    request: { prompt: "fox" },
    step: null,
    picture: null,
    others: [],
    experiment: null,
    beside: null,
    room: null,
  });
});

test("a link restores a branch", () => {
  const branched_from = [{ step: 9, prompt: "a hare", negative_prompt: "", guidance_scale: 7 }];
  const branch = { ...link, request: { ...link.request, branched_from } };
  expect(readLink(linkHash(branch))).toEqual(branch);
  expect(readLink("branched_from=[[")).toMatchObject({ request: {} });
});

test("what of a link is mangled is named and left out", () => {
  for (const origins of ["[null]", "[[", "{}", '[{"step":1}]']) {
    const hash = `#prompt=fox&branched_from=${encodeURIComponent(origins)}`;
    expect(readLink(hash).request).toEqual({ prompt: "fox" });
    expect(mangledIn(hash)).toEqual(["branched_from"]);
  }
  expect(mangledIn("#prompt=fox&seed=x&guidance_scale=1e999&step=one")).toEqual([
    "seed",
    "guidance_scale",
    "step",
  ]);
  expect(mangledIn(`#${linkHash(link)}`)).toEqual([]);
});

test("a link restores many runs at once", () => {
  const rows = { setting: "seed" as const, values: [1, 2] };
  const columns = { setting: "prompt" as const, values: ["a fox", "1"] };
  for (const experiment of [{ name: "words" as const }, { name: "grid" as const, rows, columns }]) {
    expect(readLink(linkHash({ ...link, experiment })).experiment).toEqual(experiment);
  }
  expect(readLink("view=grid&rows=seed&rows_value=1&columns=seed&columns_value=2").experiment).toBeNull();
});
