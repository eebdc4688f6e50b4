import type { Api } from "../api/api";
import type { Attention } from "../run/attention";
import { pictureFrom, type Picture } from "../drawing/picture";
import type { GalleryEntry, MetPicture } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import { Drawing } from "../jobs/drawing.svelte";
import { Lookup } from "./lookup.svelte";
import { Together } from "../jobs/together.svelte";

/** One of the dozen, with the picture itself. */
export type HeldPicture = Omit<MetPicture, "picture"> & { picture: Picture };

/** What a room looks up or draws beside the run on the page, which stays as it is. */
export class Bench {
  /** Where the words are read, by the id of a stored run. */
  readonly attention: Lookup<Attention>;
  /** A dozen pictures to hold prompts against. */
  readonly pictures: Lookup<HeldPicture[]>;
  /** The run without one word. */
  readonly without: Drawing;
  /** The prompt with another word: only its text representation matters. */
  readonly reworded: Drawing;
  /** The same prompt from neighbouring seeds. */
  readonly seeds: Together;

  constructor(
    api: Api,
    private readonly stored: (request: TraceRequest) => GalleryEntry | null,
    private readonly live: () => boolean,
  ) {
    this.attention = new Lookup((id) => api.attention(id));
    this.pictures = new Lookup(async () => {
      const { pictures } = await api.pictures();
      return pictures.map((met) => ({ ...met, picture: pictureFrom(met.picture) }));
    });
    this.without = new Drawing(api);
    this.reworded = new Drawing(api);
    this.seeds = new Together(api);
  }

  /** Opens the stored run that answers, else draws it where that can be done. */
  async show(drawing: Drawing, request: TraceRequest): Promise<void> {
    const entry = this.stored(request);
    if (entry) await drawing.open(entry.id, request);
    else if (this.live()) await drawing.draw(request);
    else drawing.refuse(request);
  }
}
