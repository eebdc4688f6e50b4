export const words = {
  room: "Cross-attention",
} as const;
