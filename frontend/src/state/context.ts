import { createContext } from "svelte";
import type { Page } from "./page.svelte";
import type { Side } from "./side.svelte";

/** The state of the page. */
export const [usePage, providePage] = createContext<Page>();

/** The run that a station or a room shows: A on the page itself, any of the compared ones in a room of its own. */
export const [useSide, provideSide] = createContext<Side>();
