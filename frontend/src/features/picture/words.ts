export const words = {
  title: "Picture",
  withheld: "The model’s safety checker withheld this picture. The steps before it are shown.",
} as const;
