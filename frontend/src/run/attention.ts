import type { Tensor } from "../tensor/tensor";
import { slotCounts, wordGroups } from "../prompt/slots";
import type { AttentionLayer, Token } from "../wire/trace";

/** Where the words of a run are read: one [slots, height, width] a step, the last slot all padding together. */
export interface Attention {
  steps: number;
  maps: Tensor[];
  /** Whose mean the maps are; none of runs that were recorded before they were named. */
  layers: AttentionLayer[];
}

/** Stored numbers [steps, slots, height, width] as shares: each times the scale of its slot. */
export function sharesOf(stored: Tensor, scale: number[]): Tensor {
  const [, slots = 1, height = 1, width = 1] = stored.shape;
  const cells = height * width;
  const values = stored.values.map((number, i) => number * scale[Math.floor(i / cells) % slots]!);
  return { shape: stored.shape, values };
}

/** What can be read: a word with its slots, start, end, or all padding together. */
export interface Readable {
  kind: "start" | "word" | "end" | "padding";
  text: string;
  slots: number[];
}

/** Everything that the tokens offer to read, in their order. `slots`: those of the maps, padding together as one. */
export function readables(tokens: Token[], slots = slotCounts(tokens).used + 1): Readable[] {
  const used = wordGroups(tokens).map((group): Readable => {
    const { kind, word, text } = group[0]!;
    const slots = group.map((token) => token.slot!);
    return kind === "text"
      ? { kind: "word", text: word ?? text, slots }
      : { kind: kind as "start" | "end", text, slots };
  });
  const { used: said } = slotCounts(tokens);
  const padding = Array.from({ length: slots - said }, (_, i) => said + i); // more than one beside a longer prompt
  return [...used, { kind: "padding", text: "", slots: padding }];
}

/** The attention of the rows from one to before another. */
export function during(attention: Attention, [from, to]: [from: number, to: number]): Attention {
  return { ...attention, maps: attention.maps.slice(from, to) };
}

/** The share of its attention that every cell gives to these slots, at a step, or on average over all: [height · width]. */
export function shareMap(attention: Attention, slots: number[], step: number | null): Float32Array {
  const chosen = step === null ? attention.maps : [attention.maps[step]!];
  const [, height = 1, width = 1] = chosen[0]!.shape;
  const cells = height * width;
  const sum = new Float32Array(cells);
  for (const { values } of chosen) {
    for (const slot of slots) {
      for (let cell = 0; cell < cells; cell++) sum[cell]! += values[slot * cells + cell]! / chosen.length;
    }
  }
  return sum;
}

/** The mean over the picture. */
export function mean(map: Float32Array): number {
  return map.reduce((sum, share) => sum + share, 0) / map.length;
}

/** Layers of one shape counted together, the finest first. */
export function layerShapes(layers: AttentionLayer[]): (AttentionLayer & { count: number })[] {
  const shapes: (AttentionLayer & { count: number })[] = [];
  for (const layer of layers) {
    const alike = shapes.find(
      ({ cells, heads, head_dim }) =>
        cells === layer.cells && heads === layer.heads && head_dim === layer.head_dim,
    );
    if (alike) alike.count += 1;
    else shapes.push({ ...layer, count: 1 });
  }
  return shapes.sort((a, b) => b.cells - a.cells);
}
