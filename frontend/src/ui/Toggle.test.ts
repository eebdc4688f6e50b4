// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { expect, test } from "vitest";
import Toggle from "./Toggle.svelte";

test("one of the options is chosen, and another can be", async () => {
  const chosen: string[] = [];
  render(Toggle<"a" | "b">, {
    label: "Which run",
    options: ["a", "b"],
    value: "a",
    option: createRawSnippet<["a" | "b"]>((name) => ({ render: () => `<span>Run ${name()}</span>` })),
    onchange: (value: string) => chosen.push(value),
  });
  expect(screen.getByRole("radiogroup").getAttribute("aria-label")).toBe("Which run");
  const [a, b] = screen.getAllByRole<HTMLInputElement>("radio");
  expect([a!.checked, b!.checked]).toEqual([true, false]);
  expect(a!.name).toBe(b!.name);
  await fireEvent.click(screen.getByText("Run b"));
  expect(chosen).toEqual(["b"]);
});
