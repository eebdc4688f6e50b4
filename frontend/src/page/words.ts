/** Texts of the page around the features. */
export const words = {
  share: {
    whole_page: "Open the whole page",
  },
  reload: {
    newer: "A new version is available.",
    incomplete: "Part of this page could not be loaded.",
    reload: "Reload",
  },
  run: {
    drawn: "Drawn.",
  },
  room: {
    level: "How deep",
    levels: { 1: "Idea", 2: "Mechanism", 3: "Formula" },
    back: "One level back (Escape)",
    loading: "Loading this part …",
  },
  follow: { title: "Follow one number", channel: "channel", row: "row", column: "column" },
  comparison: {
    which: "Which run",
  },
  below: {
    title: "Article",
  },
} as const;
