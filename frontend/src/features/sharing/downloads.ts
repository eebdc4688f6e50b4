import type { Api } from "../../api/api";
import { text } from "../../files/bytes";
import { withPngText } from "../../files/png-text";
import { animatedWebp } from "../../files/webp-animation";
import { zip } from "../../files/zip";
import { stillWebp } from "./still-webp";
import type { Run } from "../../run/run";
import type { TraceFile } from "../../wire/trace";
import type { Format } from "./formats";
import { pngMetadata, keyword } from "./png-metadata";
import type { PictureKind } from "../../state/link";

const step_milliseconds = 100;
const last_milliseconds = 1500;
const least_pixels = 256;

type Bytes = Uint8Array<ArrayBuffer>;

/** A run as a file, made in the page from the files of its bundle. */
export async function fileOf(api: Api, run: Run, format: Format, kind: PictureKind): Promise<Blob> {
  switch (format) {
    case "png":
      return new Blob([withPngText(await api.bytes(run.id, "picture.png"), keyword, pngMetadata(run))], {
        type: "image/png",
      });
    case "webp":
      return new Blob([await movingPicture(run, kind)], { type: "image/webp" });
    case "zip":
      return new Blob([zip(await bundleFiles(api, run.id))], { type: "application/zip" });
    case "json":
      return new Blob([await api.bytes(run.id, "trace.json")], { type: "application/json" });
    case "safetensors":
      return new Blob([await api.bytes(run.id, "arrays.safetensors")]);
    default:
      throw new Error(`The page makes no ${format}.`);
  }
}

/** The bundle as the folder it is: `dx.open_trace` reads the .zip of it. */
async function bundleFiles(api: Api, id: string): Promise<Map<string, Bytes>> {
  const trace: TraceFile = await api.trace(id);
  const index = text(JSON.stringify(trace)) as Bytes;
  const files = Object.keys(trace.files).map(
    async (name) => [`${id}/${name}`, await api.bytes(id, name)] as const,
  );
  return new Map([...(await Promise.all(files)), [`${id}/trace.json`, index] as const]);
}

async function movingPicture(run: Run, kind: PictureKind): Promise<Bytes> {
  const [image_width, image_height] = run.model.image_size;
  const times = Math.max(1, Math.ceil(least_pixels / Math.max(image_width, image_height)));
  const [width, height] = [image_width * times, image_height * times];
  const pictures = [...run.pictures[kind].slice(0, run.rows), run.pictures.final!];
  const frames = [];
  for (const [k, picture] of pictures.entries()) {
    const file = await stillWebp(picture, width, height);
    if (!file) throw new Error("This browser writes no WebP.");
    frames.push({ file, milliseconds: k < run.rows ? step_milliseconds : last_milliseconds });
  }
  return animatedWebp(frames, width, height);
}
