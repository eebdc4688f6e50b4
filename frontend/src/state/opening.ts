import type { Api } from "../api/api";
import { problemOf } from "../api/problem-error";
import { runOf, viewOf } from "./address";
import { completed } from "../run/listing";
import type { Explorer } from "./explorer.svelte";
import type { PageLink } from "./link";
import { default_request } from "./request";

const model_poll_milliseconds = 2000;

/** Finds out what is here and shows the link's run, else the first of the gallery, else draws one. */
export async function open(explorer: Explorer, api: Api, link: PageLink): Promise<void> {
  const [card, gallery] = await Promise.allSettled([api.server(), api.gallery()]);
  if (gallery.status === "fulfilled") explorer.index = gallery.value;
  if (card.status === "fulfilled") explorer.card = card.value;
  const status = explorer.card ? (explorer.card.status ?? "ready") : "replay";
  explorer.mode = status === "ready" || status === "loading" ? "live" : "replay";
  if (status === "loading") void awaitModel(explorer, api);
  Object.assign(explorer.request, explorer.card?.defaults);
  if (explorer.mode === "replay" && explorer.gallery.traces.length === 0) {
    const reason = card.status === "rejected" ? card.reason : new Error(explorer.card?.detail ?? "");
    explorer.problem = problemOf(reason);
    return;
  }
  await restore(explorer, link);
}

/**
 * Shows another link: the address was edited, a link followed, or the history gone through. Opening and closing
 * stations keeps the step.
 */
export async function follow(explorer: Explorer, link: PageLink): Promise<void> {
  const { room, playback } = explorer;
  if (runOf(link) === runOf(explorer.link)) {
    if (viewOf(link) !== viewOf(explorer.link)) room.show(link.room);
    else if (link.step !== null) playback.await(link.step);
    return;
  }
  explorer.closeComparison();
  explorer.closeExperiment();
  await restore(explorer, link);
}

/** Asks for the model's card until the model is loaded. */
async function awaitModel(explorer: Explorer, api: Api): Promise<void> {
  while (explorer.card?.status === "loading") {
    await new Promise((resolve) => setTimeout(resolve, model_poll_milliseconds));
    explorer.card = await api.server().catch(() => explorer.card);
  }
  if (explorer.card?.status !== "ready") explorer.mode = "replay";
}

async function restore(explorer: Explorer, link: PageLink): Promise<void> {
  const { room, playback, mode } = explorer;
  const { traces } = explorer.gallery;
  const asked = mode === "replay" ? completed(link.request, traces) : link.request;
  explorer.take(link.request.prompt ? asked : (traces[0]?.request ?? { prompt: default_request.prompt }));
  explorer.others = link.others;
  explorer.experiment = link.experiment;
  if (link.beside) explorer.beside = link.beside;
  room.show(link.room);
  if (link.picture) playback.picture = link.picture;
  await explorer.draw();
  if (link.step !== null) playback.await(link.step);
  else if (!explorer.busy) playback.go(Math.floor(playback.last * 0.4));
}
