import { expect, test } from "vitest";
import { readSafetensors } from "./safetensors";

function file(header: object, bytes: number[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const whole = new Uint8Array(8 + text.length + bytes.length);
  new DataView(whole.buffer).setBigUint64(0, BigInt(text.length), true);
  whole.set(text, 8);
  whole.set(bytes, 8 + text.length);
  return whole.buffer;
}

test("reads tensors by name and skips the metadata", () => {
  const header = {
    __metadata__: { format: "pt" },
    first: { dtype: "F16", shape: [1, 2], data_offsets: [0, 4] },
    second: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
  };
  const tensors = readSafetensors(file(header, [0x00, 0x3c, 0x00, 0x40, 0, 0, 0x80, 0x3f]));
  expect(tensors.get("first")).toEqual({ shape: [1, 2], values: new Float32Array([1, 2]) });
  expect(tensors.get("second")).toEqual({ shape: [1], values: new Float32Array([1]) });
  expect(tensors.size).toBe(2);
});

test("names the tensor whose numbers it cannot read", () => {
  const header = { latents: { dtype: "BF16", shape: [1], data_offsets: [0, 2] } };
  expect(() => readSafetensors(file(header, [0, 0]))).toThrow("latents is BF16");
});
