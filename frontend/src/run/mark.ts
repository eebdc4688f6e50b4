/** The letters of the runs on the page, in order; A is the one that the others are compared with. */
export const marks = ["a", "b", "c", "d"] as const;
export type Mark = (typeof marks)[number];
