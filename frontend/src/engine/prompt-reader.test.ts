import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PromptReader, stripped } from "./prompt-reader";
import prompts from "./fixtures/prompts.json";

const shipped = join(import.meta.dirname, "../../../precomputed/storybook/tokenizer/tokenizer.json");
const reader = new PromptReader(JSON.parse(readFileSync(shipped, "utf8")));

function digest(prompt: string): string {
  const { tokens, cut_tokens, truncated } = reader.read(prompt);
  const wire = JSON.stringify({ tokens, cut_tokens, truncated });
  return createHash("sha256").update(wire).digest("hex").slice(0, 12);
}

test("a thousand odd prompts have the tokens that Python gives them", () => {
  expect(prompts).toHaveLength(1000);
  const others = prompts.filter(([prompt, expected]) => digest(prompt!) !== expected);
  expect(others).toEqual([]);
});

test("a prompt fills its slots: start, pieces, end, padding; what does not fit is cut", () => {
  const { tokens, cut_tokens, truncated } = reader.read("a ".repeat(80));
  expect(tokens).toHaveLength(77);
  expect([tokens[0]!.kind, tokens[1]!.kind, tokens[76]!.kind]).toEqual(["start", "text", "end"]);
  expect([cut_tokens.length, cut_tokens[0]!.kind, truncated]).toEqual([5, "cut", "a a a a a"]);
});

test("text is stripped of what Python calls space, and of nothing else", () => {
  expect(stripped("\x1c\u0085 a b\u3000")).toBe("a b");
  expect(stripped("\ufeffa")).toBe("\ufeffa");
});
