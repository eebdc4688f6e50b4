export const words = {
  title: "Picture",
} as const;
