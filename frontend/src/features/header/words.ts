export const words = {
  tour: "Tour",
  dark: "Dark",
  light: "Light",
  live: (device: string) => (device === "cpu" ? "live on this computer" : `live on ${device}`),
  loading: "loading the model",
} as const;
