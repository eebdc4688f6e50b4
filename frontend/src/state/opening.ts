import type { Api } from "../api/api";
import { problemOf } from "../api/problem-error";
import { runOf, viewOf } from "./address";
import { completed } from "../run/listing";
import type { Page } from "./page.svelte";
import type { PageLink } from "./link";
import { default_request } from "../run/request";

const model_poll_milliseconds = 2000;

/** Finds out what is here and shows the link's run, else the first of the gallery, else draws one. */
export async function open(page: Page, api: Api, link: PageLink): Promise<void> {
  const [card, gallery] = await Promise.allSettled([api.server(), api.gallery()]);
  if (gallery.status === "fulfilled") page.source.index = gallery.value;
  if (card.status === "fulfilled") page.source.card = card.value;
  const status = page.source.card ? (page.source.card.status ?? "ready") : "replay";
  page.source.mode = status === "ready" || status === "loading" ? "live" : "replay";
  if (status === "loading") void awaitModel(page, api);
  Object.assign(page.request, page.source.card?.defaults);
  if (page.source.mode === "replay" && page.source.gallery.traces.length === 0) {
    const reason = card.status === "rejected" ? card.reason : new Error(page.source.card?.detail ?? "");
    page.notice.problem = problemOf(reason);
    return;
  }
  await restore(page, link);
}

/**
 * Shows another link: the address was edited, a link followed, or the history gone through. Opening and closing
 * stations keeps the step.
 */
export async function follow(page: Page, link: PageLink): Promise<void> {
  const { room, playback } = page;
  if (runOf(link) === runOf(page.link)) {
    if (viewOf(link) !== viewOf(page.link)) room.show(link.room);
    else if (link.step !== null) playback.await(link.step);
    return;
  }
  page.closeComparison();
  page.closeExperiment();
  await restore(page, link);
}

/** Asks for the model's card until the model is loaded. */
async function awaitModel(page: Page, api: Api): Promise<void> {
  while (page.source.card?.status === "loading") {
    await new Promise((resolve) => setTimeout(resolve, model_poll_milliseconds));
    page.source.card = await api.server().catch(() => page.source.card);
  }
  if (page.source.card?.status !== "ready") page.source.mode = "replay";
}

async function restore(page: Page, link: PageLink): Promise<void> {
  const { room, playback, source } = page;
  const { traces } = source.gallery;
  const asked = source.mode === "replay" ? completed(link.request, traces) : link.request;
  page.take(link.request.prompt ? asked : (traces[0]?.request ?? { prompt: default_request.prompt }));
  page.others = link.others;
  page.experiment = link.experiment;
  if (link.beside) page.beside = link.beside;
  room.show(link.room);
  if (link.picture) playback.picture = link.picture;
  await page.draw();
  if (link.step !== null) playback.await(link.step);
  else if (!page.busy) playback.go(Math.floor(playback.last * 0.4));
}
