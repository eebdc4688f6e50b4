import type { Api } from "../api/api";
import { pictureFrom, type Picture } from "../drawing/picture";
import { Group } from "../jobs/group.svelte";
import { Job } from "../jobs/job.svelte";
import type { Attention } from "../run/attention";
import type { EmbeddedPicture } from "../wire/server";
import { Lookup } from "./lookup.svelte";

/** One of the dozen, with the picture itself. */
export type LoadedPicture = Omit<EmbeddedPicture, "picture"> & { picture: Picture };

/** What the rooms of one run look up or draw beside it; the run itself stays as it is. */
export class SideCache {
  /** Where the words are read, by the id of a stored run. */
  readonly attention: Lookup<Attention>;
  /** A dozen pictures to hold prompts against. */
  readonly pictures: Lookup<LoadedPicture[]>;
  /** The run without one word. */
  readonly without: Job;
  /** The prompt with another word: only its text representation matters. */
  readonly reworded: Job;
  /** The same prompt from neighbouring seeds. */
  readonly seeds: Group;

  constructor(api: Api) {
    this.attention = new Lookup((id) => api.attention(id));
    this.pictures = new Lookup(async () => {
      const { pictures } = await api.pictures();
      return pictures.map((one) => ({ ...one, picture: pictureFrom(one.picture) }));
    });
    this.without = new Job(api);
    this.reworded = new Job(api);
    this.seeds = new Group(api);
  }
}
