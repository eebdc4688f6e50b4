export const words = {
  title: "Decoder",
  more: (times: number) => `${times} times more numbers.`,
  help: "Decoding, not enlarging.",
} as const;
