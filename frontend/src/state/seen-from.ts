import { guidanceAt } from "../run/pull";
import { recombine, type Recombination } from "../run/recombination";
import type { Explorer } from "./explorer.svelte";

/** The explorer as if the run at a place of the comparison were the only one: what shows one run shows any of them. */
export function seenFrom(explorer: Explorer, place: number): Explorer {
  return new Proxy(explorer, {
    get(target, name) {
      if (name === "a") return target.drawings[place];
      if (name === "view") return target.sides[place]?.view ?? null;
      if (name === "recombined") return recombined(target, place);
      if (name === "bench") return target.benches[place];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

/** The step of that run at the guidance that is tried. */
function recombined(explorer: Explorer, place: number): Recombination | null {
  const { run, view } = explorer.sides[place] ?? { run: null, view: null };
  if (!run || !view) return null;
  const drawn = guidanceAt(run.request, view.step);
  return recombine(view, drawn, explorer.tried_guidance ?? drawn);
}
