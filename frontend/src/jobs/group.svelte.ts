import type { Api } from "../api/api";
import { problemOf } from "../api/problem-error";
import { differenceMap, relativeDistance } from "../tensor/comparison";
import { wordsOf } from "../prompt/words";
import { picturesFrom } from "../drawing/picture";
import type { Problem } from "../wire/problem";
import type { GalleryEntry, GroupNoun, Share } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import type { Experiment } from "../run/experiment";
import { groupStatus, type GroupStatus } from "../run/phase";
import { same } from "../run/request";
import { Member } from "./member.svelte";

/** Many runs that are drawn together: a prompt and the same without each word, or the cells of a grid, row by row. */
export class Group {
  members = $state.raw<Member[]>([]);
  /** What went wrong with all of them. */
  problem = $state.raw<Problem | null>(null);

  /** The first run of each seed of a grid. */
  private heads: Member[] = [];
  private group: { noun: GroupNoun; id: string; share: Share; close: () => void } | null = null;
  /** Aborted once something else is asked: a late answer to this question is dropped. */
  private question = new AbortController();

  constructor(private readonly api: Api) {}

  get status(): GroupStatus {
    return groupStatus(this.members.map(({ phase }) => phase));
  }

  /** Asks for the runs of an experiment. `stored`: where nothing can be drawn, the runs that are there. */
  async draw(experiment: Experiment, request: TraceRequest, stored: GalleryEntry[] | null): Promise<void> {
    this.leave();
    this.question = new AbortController();
    const unwanted = this.question.signal;
    this.problem = null;
    this.members = requestsOf(experiment, request).map((each) => new Member(each));
    this.heads = experiment.name === "grid" ? this.members.filter((_, i) => isHead(experiment, i)) : [];
    try {
      if (stored) await this.open(stored, experiment, unwanted);
      else await this.ask(experiment, request, unwanted);
    } catch (error) {
      this.fail(problemOf(error), unwanted);
    }
  }

  /** Lets go of every run that is under way; what is drawn stays. */
  cancel(): void {
    if (!this.status.busy) return;
    this.leave();
    for (const member of this.members) member.stop();
  }

  /** Lets go of what is under way without a word on the page. */
  leave(): void {
    const { group } = this;
    this.question.abort();
    this.group = null;
    if (!group) return;
    group.close();
    this.api.cancelGroup(group.noun, group.id, group.share);
  }

  private async ask(experiment: Experiment, request: TraceRequest, unwanted: AbortSignal): Promise<void> {
    const noun = experiment.name === "grid" ? "grids" : "leave-one-outs";
    const body =
      experiment.name === "grid" ? { request, rows: experiment.rows, columns: experiment.columns } : request;
    const { id, share, members } = await this.api.postGroup(noun, body, unwanted);
    if (unwanted.aborted) {
      if (share) this.api.cancelGroup(noun, id, share);
      return;
    }
    this.members.forEach((member, i) => (member.id = members[i]!.id));
    const close = this.api.groupEvents(noun, id, share, {
      event: (id, event) => {
        if (unwanted.aborted) return;
        const picture = this.api.file(id, final_picture);
        for (const member of this.members) if (member.id === id) member.take(event, picture);
      },
      ended: () => {
        this.group = null;
        this.end(noun, id, unwanted).catch((error) => this.fail(problemOf(error), unwanted));
      },
      missing: () => void this.draw(experiment, request, null),
      lost: () => this.fail(lost_connection, unwanted),
    });
    this.group = { noun, id, share, close };
  }

  /** What the runs say together, once all have ended. */
  private async end(noun: GroupNoun, id: string, unwanted: AbortSignal): Promise<void> {
    if (noun === "grids") return this.readStarts(unwanted);
    const found = await this.api.group(noun, id);
    if (unwanted.aborted) return;
    found.members.forEach(({ distance, difference_map }, i) => {
      const member = this.members[i]!;
      member.distance = distance ?? null;
      member.difference_map = difference_map ? Float32Array.from(difference_map.flat()) : null;
    });
  }

  /** Shows those of the runs that are stored. */
  private async open(stored: GalleryEntry[], experiment: Experiment, unwanted: AbortSignal): Promise<void> {
    for (const member of this.members) {
      const entry = stored.find(({ request }) => same(request, member.request));
      if (entry) member.open(entry.id, this.api.file(entry.id, final_picture));
      else member.phase = { name: "missing" };
    }
    if (experiment.name === "grid") await this.readStarts(unwanted);
    else await this.measure(unwanted);
  }

  /** The starting noise that heads each seed, where a stored run told nothing of it. */
  private async readStarts(unwanted: AbortSignal): Promise<void> {
    // Runs that agree in steps and sampler have sheets of one size: one trace tells it of all.
    const alike = ({ request }: Member) =>
      wanting.find(
        (one) => one.request.steps === request.steps && one.request.scheduler === request.scheduler,
      )!;
    const wanting = this.heads.filter(({ id, start, phase }) => id && !start && phase.name === "drawn");
    await Promise.all(
      wanting.map(async (member) => {
        const { pictures } = await this.api.trace(alike(member).id!);
        if (unwanted.aborted) return;
        member.start = picturesFrom(this.api.file(member.id!, pictures.latent.file), pictures.latent)[0]!;
      }),
    );
  }

  /** How far each stored run is from the first, and where. */
  private async measure(unwanted: AbortSignal): Promise<void> {
    const [original, ...others] = this.members;
    if (!original?.id) return;
    const first = (await this.api.bundle(original.id)).latents.at(-1)!;
    for (const member of others) {
      if (!member.id) continue;
      const last = (await this.api.bundle(member.id)).latents.at(-1)!;
      if (unwanted.aborted) return;
      member.distance = relativeDistance(first, last);
      member.difference_map = differenceMap(first, last);
    }
  }

  private fail(problem: Problem, unwanted: AbortSignal): void {
    if (unwanted.aborted) return;
    this.problem = problem;
    for (const member of this.members) {
      if (member.phase.name !== "drawn") member.phase = { name: "failed", problem };
    }
  }
}

function isHead(grid: Extract<Experiment, { name: "grid" }>, place: number): boolean {
  const columns = grid.columns.values.length;
  return grid.rows.setting === "seed"
    ? place % columns === 0
    : grid.columns.setting === "seed" && place < columns;
}

const final_picture = "picture.png";

/** What an experiment asks, in the order in which the server answers. */
export function requestsOf(experiment: Experiment, request: TraceRequest): TraceRequest[] {
  if (experiment.name === "words") {
    return [request, ...wordsOf(request.prompt).map(({ without }) => ({ ...request, prompt: without }))];
  }
  const { rows, columns } = experiment;
  return rows.values.flatMap((row) =>
    columns.values.map((column) => ({ ...request, [rows.setting]: row, [columns.setting]: column })),
  );
}

const lost_connection: Problem = {
  title: "Connection lost",
  status: 0,
  detail: "The connection to the server broke off. The pictures that came stay.",
};
