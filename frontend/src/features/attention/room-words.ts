export const words = {
  span: "Which steps",
  this_step: (step: number) => `Step ${step}`,
  /** Rows from one to before another, of so many. */
  steps: (from: number, to: number, rows: number) =>
    to - from === rows ? "All steps" : to - from === 1 ? `Step ${to} alone` : `Steps ${from + 1} to ${to}`,
  words: "Words and what else is read",
  word: (name: string, share: string) => `${name}, ${share} of all reading`,
  map: (name: string, share: string) => `Where “${name}” is read, ${share} on average`,
  is_read: (share: string) => `takes ${share} of all that is read`,
  cursor: "Cell of the picture",
  cell: (row: number, column: number) => `row ${row}, column ${column}`,
  read_at: (place: string) => `Read at ${place}`,
  point: "Point at the picture, or move through it with the arrow keys, to see what is read there.",
  scale: "one scale for all words",
  shares: "Shares of all that is read",
  kinds: { start: "start", word: "words", end: "end", padding: "padding" },
  shares_help:
    "At every cell the shares add up to 100 %. Much goes to start, end and padding: a place to look when no word " +
    "matters, and all but start have read your prompt.",
  not_caused: "Read is not caused",
  not_caused_help:
    "A map shows where a word is looked at, not what it did. What it did shows when it is gone.",
  without: (word: string) => `Run again without “${word}”`,
  without_word: (word: string) => `without “${word}”`,
  without_short: "without the word",
  with: "as it is",
  changed: "where it changed",
  where_changed: "Where the final latent changed without the word",
  moved: (word: string, distance: string) =>
    `Without “${word}” the final latent lies ${distance} away, relative to its length.`,
  picture_of: (prompt: string) => `Finished picture of “${prompt}”`,
  no_word: (name: string) => `“${name}” is no word that could be left out. Choose one that is.`,
  not_stored: (word: string) =>
    `The run without “${word}” is not stored, and there is no server here to draw it.`,
  loading: "Loading where the words are read …",
  when_drawn: "Where the words are read is there once the run is drawn to its end.",
  none: "This run was recorded without its cross-attention.",
  formula: "How a cell reads",
  symbols: { query: "Q", key: "K", value: "V", width: "d" },
  parts: {
    query: "what each cell asks for",
    key: "what each slot offers to be found by",
    value: "what each slot gives when read",
    width: "numbers in a query or a key",
  },
  formula_text:
    "Query times key says how well a slot fits a cell. Softmax turns the fits of a cell into shares that add up to " +
    "1. The cell then takes in every slot’s value, each times its share.",
  row: (place: string, step: number) => `Shares of ${place} at step ${step}`,
  row_text: "One row of the softmax. Choose a word to see its map, a cell of the picture to see its row.",
  sum_text: "All of 1 is handed out, to start and padding too. Stored shares are rounded to 255 grades.",
  mean: "A mean over heads and layers",
  mean_of: "mean",
  of_layers: "layers",
  of_heads: "heads",
  layers: (count: number, cells: number, heads: number, width: number) =>
    `${count} ${count === 1 ? "layer" : "layers"} of ${cells} cells, ${heads} ${heads === 1 ? "head" : "heads"}, d = ${width}`,
  mean_text: (heads: number, layers: number) =>
    `At every step ${heads} heads in ${layers} layers read on their own. The shares above, and all maps here, are ` +
    "their mean; a layer with fewer cells is laid over the cells that it stands for.",
  mean_unnamed:
    "Many heads in several layers read on their own. The shares above, and all maps here, are their mean.",
  not_recorded: "Scores, values and shares of a single head are not recorded.",
} as const;
