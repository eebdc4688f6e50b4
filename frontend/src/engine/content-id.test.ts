import { expect, test } from "vitest";
import type { TraceRequest } from "../wire/trace";
import { contentId } from "./content-id";
import requests from "./fixtures/requests.json";

const fingerprint = "0123456789abcdef";

test("two hundred requests have the ids that Python gives them", async () => {
  expect(requests).toHaveLength(200);
  const ids = requests.map(([request]) => contentId(request as TraceRequest, fingerprint));
  expect(await Promise.all(ids)).toEqual(requests.map(([, id]) => id));
});

test("a request has another id on another model", async () => {
  const [request, id] = requests[0] as [TraceRequest, string];
  expect(await contentId(request, "fedcba9876543210")).not.toBe(id);
});
