import { expose } from "comlink";
import { prepare } from "./graph";
import { LookingModel } from "./looking-model";
import { ModelFiles, type ModelListing } from "./model-files";
import { Painter } from "./painter";

/** What this worker is told first: where the model is, and the port of the worker that draws. */
export interface PaintingStart {
  base: string;
  listing: ModelListing;
  port: MessagePort;
}

async function load({ base, listing }: PaintingStart): Promise<LookingModel> {
  const files = new ModelFiles(base, listing);
  prepare(await files.read(".wasm"));
  return LookingModel.load((name) => files.read(name));
}

const start = ({ data }: MessageEvent<PaintingStart>) => expose(new Painter(load(data)), data.port);
addEventListener("message", start, { once: true });
