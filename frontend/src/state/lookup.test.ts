import { expect, test } from "vitest";
import { Lookup } from "./lookup.svelte";

test("the same key is read once", async () => {
  let reads = 0;
  const lookup = new Lookup(async (key) => `${key} ${++reads}`);
  await lookup.want("a");
  await lookup.want("a");
  expect([lookup.value, lookup.answered]).toEqual(["a 1", "a"]);
});

test("a late answer to an earlier key is dropped", async () => {
  const answers = new Map<string, (value: string) => void>();
  const lookup = new Lookup((key) => new Promise<string>((resolve) => answers.set(key, resolve)));
  const [first, second] = [lookup.want("a"), lookup.want("b")];
  answers.get("b")!("of b");
  answers.get("a")!("of a");
  await Promise.all([first, second]);
  expect(lookup.value).toBe("of b");
});

test("what could not be read says why and can be asked for again", async () => {
  let broken = true;
  const lookup = new Lookup(async () => {
    if (broken) throw new Error("no connection");
    return "there";
  });
  await lookup.want("a");
  expect(lookup.problem?.detail).toBe("no connection");
  broken = false;
  await lookup.want("a");
  expect([lookup.value, lookup.problem]).toEqual(["there", null]);
});
