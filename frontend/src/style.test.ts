import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = import.meta.dirname;
const tokens = readFileSync(join(source, "app.css"), "utf8");
const styles = [
  tokens.replaceAll(/@font-face \{[^}]*\}/g, ""),
  ...readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".svelte"))
    .map((file) => readFileSync(join(source, file), "utf8").split("<style>")[1] ?? ""),
].join("\n");

/** Every value of a property in the style sheet and the components. */
function valuesOf(property: string): string[] {
  return [...styles.matchAll(new RegExp(`[\\s;{]${property}: ([^;]+);`, "g"))].map(([, value]) => value!);
}

/** Every width that a query of the window, or of a container, compares with. */
function widthsOf(query: string): Set<string> {
  const queries = [...styles.matchAll(new RegExp(`@${query} \\(([^)]*width[^)]*)\\)`, "g"))];
  return new Set(queries.flatMap(([, condition]) => condition!.match(/\d+px/g)!));
}

test.each([
  ["font-size", /^(var\(--size-\w+\)|inherit|[\d.]+em)$/],
  ["font-weight", /^var\(--(regular|medium|bold)\)$/],
  ["letter-spacing", /^(var\(--tight\)|inherit|0)$/],
  ["border-radius", /^((var\(--(radius-\w+|round)\)|inherit|0) ?)+$/],
  ["z-index", /^var\(--layer-[\w-]+\)$/],
])("every %s is of the scale", (property, scale) => {
  const values = valuesOf(property);
  expect(values.length).toBeGreaterThan(0);
  expect(values.filter((value) => !scale.test(value))).toEqual([]);
});

test("every step of a scale that is used is declared", () => {
  const used = new Set(
    [...styles.matchAll(/var\((--(?:size|radius|layer)-[\w-]+)\)/g)].map(([, name]) => name!),
  );
  expect(used.size).toBeGreaterThan(0);
  expect([...used].filter((name) => !tokens.includes(`${name}:`))).toEqual([]);
});

test("windows and rooms break at few widths", () => {
  expect(widthsOf("media")).toEqual(new Set(["600px", "960px", "1280px"]));
  expect(widthsOf("container room")).toEqual(new Set(["560px", "760px", "860px"]));
});
