// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { expect, test } from "vitest";
import PromptField from "./PromptField.svelte";

test("Enter draws, but not where it confirms the candidate of an input method", async () => {
  let submitted = 0;
  render(PromptField, {
    label: "Prompt",
    value: "雪",
    placeholder: "",
    rest: createRawSnippet(() => ({ render: () => "<span></span>" })),
    onsubmit: () => (submitted += 1),
  });
  const field = screen.getByLabelText("Prompt");
  await fireEvent.keyDown(field, { key: "Enter", isComposing: true });
  expect(submitted).toBe(0);
  await fireEvent.keyDown(field, { key: "Enter" });
  expect(submitted).toBe(1);
});
