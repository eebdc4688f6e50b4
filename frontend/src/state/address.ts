import { linkHash, type PageLink } from "./link";

const step_rest_milliseconds = 250;

/** The part of a link that makes it another view: all but the step and the kind of picture. */
export function viewOf(link: PageLink): string {
  return linkHash({ ...link, step: null, picture: null });
}

/** The part of a link that makes it another run, or another pair of runs. */
export function runOf(link: PageLink): string {
  return viewOf({ ...link, room: null });
}

/**
 * Writes a link into the address bar. Another view gets an entry of its own in the history, at once; another step of
 * the same view replaces the entry once it rests, and so does the first view of all, or one whose address was typed.
 * Returns what takes a waiting replacement back.
 */
export function keepAddress(link: PageLink): (() => void) | undefined {
  const [view, address] = [viewOf(link), `#${linkHash(link)}`];
  const here = history.state as { view?: string } | null;
  if (here?.view === view) {
    const timer = setTimeout(() => history.replaceState({ view }, "", address), step_rest_milliseconds);
    return () => clearTimeout(timer);
  }
  if (here) history.pushState({ view }, "", address);
  else history.replaceState({ view }, "", address);
}
