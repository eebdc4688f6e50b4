/** Texts of the page around the features. */
export const words = {
  share: {
    whole_page: "Open the whole page",
  },
  run: {
    drawn: "Drawn.",
  },
  room: {
    level: "How deep",
    levels: { 1: "Idea", 2: "Mechanism", 3: "Formula" },
    back: "One level back (Escape)",
    loading: "Loading this part …",
    failed: "This part could not be loaded.",
    again: "Try again",
  },
  follow: { title: "Follow one number", channel: "channel", row: "row", column: "column" },
  comparison: {
    which: "Which run",
  },
  below: {
    title: "Article",
    failed: "The article could not be loaded. Reload the page to try again.",
  },
} as const;
