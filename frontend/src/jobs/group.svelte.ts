import type { Api, GroupNoun } from "../api/api";
import { problemOf } from "../api/problem-error";
import { differenceMap, relativeDistance } from "../tensor/comparison";
import { wordsOf } from "../prompt/words";
import { picturesFrom } from "../drawing/picture";
import type { Problem } from "../wire/problem";
import type { GalleryEntry } from "../wire/server";
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
  private group: { noun: GroupNoun; id: string; close: () => void } | null = null;
  /** Counts what was asked, so that a late answer to an earlier question is dropped. */
  private turn = 0;

  constructor(private readonly api: Api) {}

  get status(): GroupStatus {
    return groupStatus(this.members.map(({ phase }) => phase));
  }

  /** Asks for the runs of an experiment. `stored`: where nothing can be drawn, the runs that are there. */
  async draw(experiment: Experiment, request: TraceRequest, stored: GalleryEntry[] | null): Promise<void> {
    this.leave();
    const turn = this.turn;
    this.problem = null;
    this.members = requestsOf(experiment, request).map((each) => new Member(each));
    this.heads = experiment.name === "grid" ? this.members.filter((_, i) => isHead(experiment, i)) : [];
    try {
      if (stored) await this.open(stored, experiment, turn);
      else await this.ask(experiment, request, turn);
    } catch (error) {
      if (turn === this.turn) this.fail(problemOf(error));
    }
  }

  /** Ends every run that is under way; what is drawn stays. */
  async cancel(): Promise<void> {
    if (this.group && this.status.busy) await this.api.cancelGroup(this.group.noun, this.group.id);
  }

  /** Lets go of what is under way without a word on the page. */
  leave(): void {
    const { group, status } = this;
    this.turn += 1;
    this.group = null;
    if (!group) return;
    group.close();
    if (status.busy) void this.api.cancelGroup(group.noun, group.id).catch(() => {});
  }

  private async ask(experiment: Experiment, request: TraceRequest, turn: number): Promise<void> {
    const noun = experiment.name === "grid" ? "grids" : "leave-one-outs";
    const body =
      experiment.name === "grid" ? { request, rows: experiment.rows, columns: experiment.columns } : request;
    const group = await this.api.postGroup(noun, body);
    if (turn !== this.turn) {
      if (group.status !== "done") await this.api.cancelGroup(noun, group.id);
      return;
    }
    this.members.forEach((member, i) => (member.id = group.members[i]!.id));
    const close = this.api.groupEvents(noun, group.id, {
      event: (id, event) => {
        if (turn !== this.turn) return;
        const picture = this.api.file(id, final_picture);
        for (const member of this.members) if (member.id === id) member.take(event, picture);
      },
      ended: () => void this.end(turn),
      lost: () => this.fail(lost_connection),
    });
    this.group = { noun, id: group.id, close };
  }

  /** What the runs say together, once all have ended. */
  private async end(turn: number): Promise<void> {
    const group = this.group;
    if (turn !== this.turn || !group) return;
    if (group.noun === "grids") return this.readStarts(turn);
    const found = await this.api.group(group.noun, group.id);
    if (turn !== this.turn) return;
    found.members.forEach(({ distance, difference_map }, i) => {
      const member = this.members[i]!;
      member.distance = distance ?? null;
      member.difference_map = difference_map ? Float32Array.from(difference_map.flat()) : null;
    });
  }

  /** Shows those of the runs that are stored. */
  private async open(stored: GalleryEntry[], experiment: Experiment, turn: number): Promise<void> {
    for (const member of this.members) {
      const entry = stored.find(({ request }) => same(request, member.request));
      if (entry) member.open(entry.id, this.api.file(entry.id, final_picture));
      else member.phase = { name: "missing" };
    }
    if (experiment.name === "grid") await this.readStarts(turn);
    else await this.measure(turn);
  }

  /** The starting noise that heads each seed, where a stored run told nothing of it. */
  private async readStarts(turn: number): Promise<void> {
    // Runs that agree in steps and sampler have sheets of one size: one trace tells it of all.
    const alike = ({ request }: Member) =>
      wanting.find(
        (one) => one.request.steps === request.steps && one.request.scheduler === request.scheduler,
      )!;
    const wanting = this.heads.filter(({ id, start, phase }) => id && !start && phase.name === "drawn");
    await Promise.all(
      wanting.map(async (member) => {
        const { pictures } = await this.api.trace(alike(member).id!);
        if (turn !== this.turn) return;
        member.start = picturesFrom(this.api.file(member.id!, pictures.latent.file), pictures.latent)[0]!;
      }),
    );
  }

  /** How far each stored run is from the first, and where. */
  private async measure(turn: number): Promise<void> {
    const [original, ...others] = this.members;
    if (!original?.id) return;
    const first = (await this.api.bundle(original.id)).latents.at(-1)!;
    for (const member of others) {
      if (!member.id) continue;
      const last = (await this.api.bundle(member.id)).latents.at(-1)!;
      if (turn !== this.turn) return;
      member.distance = relativeDistance(first, last);
      member.difference_map = differenceMap(first, last);
    }
  }

  private fail(problem: Problem): void {
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
