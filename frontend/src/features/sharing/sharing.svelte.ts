import type { Api } from "../../api/api";
import { problemOf } from "../../api/problem-error";
import type { Run } from "../../run/run";
import type { Problem } from "../../wire/problem";
import { words } from "./words";
import type { Page } from "../../state/page.svelte";
import { canMake, fileName, type Format } from "./formats";
import { requestInside } from "./png-metadata";
import { empty_link } from "../../state/link";
import { follow } from "../../state/opening";

/** How a format is to be had here: from the server, made by the page, or not at all. */
export type Source = "server" | "page" | null;

/** Taking runs away as files, and opening them again from a picture. */
export class Sharing {
  /** The format being made. */
  making = $state.raw<Format | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(
    private readonly api: Api,
    private readonly page: Page,
  ) {}

  /** Runs that are stored whole, so that they can be taken away. */
  get runs(): { mark: string; run: Run }[] {
    return this.page.sides.flatMap(({ mark, stored }) => (stored ? [{ mark, run: stored }] : []));
  }

  /** A and each of the others, where both are stored whole. */
  get pairs(): { mark: string; report: string }[] {
    const [a, ...others] = this.runs;
    if (a?.mark !== "a") return [];
    return others.map(({ mark, run }) => ({ mark, report: this.api.reportAddress(a.run.id, run.id) }));
  }

  source(format: Format): Source {
    if (this.page.source.card && !this.page.source.card.service_worker) return "server";
    return canMake(format) ? "page" : null;
  }

  /** Where the server gives it. */
  address(run: Run, format: Format): string {
    return this.api.exportAddress(run.id, format, this.page.playback.picture);
  }

  /** Makes the file in the page and lets the browser save it. */
  async save(run: Run, format: Format): Promise<void> {
    this.making = format;
    this.problem = null;
    try {
      const { fileOf } = await import("./downloads");
      const file = await fileOf(this.api, run, format, this.page.playback.picture);
      const address = URL.createObjectURL(file);
      Object.assign(document.createElement("a"), { href: address, download: fileName(run, format) }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.making = null;
    }
  }

  /** Opens the run that a saved picture tells of. */
  async open(file: File): Promise<void> {
    const content = await file.arrayBuffer().catch(() => new ArrayBuffer(0)); // a folder, or gone meanwhile
    const request = requestInside(new Uint8Array(content));
    if (request) await follow(this.page, { ...empty_link, request });
    else
      this.page.a.job.reject({
        title: words.no_request,
        status: 0,
        detail: words.no_request_fix,
      });
  }
}
