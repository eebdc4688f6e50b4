import { expose, wrap } from "comlink";
import { Engine } from "./engine";
import { prepare } from "./graph";
import { DrawingModel } from "./model";
import { ModelFiles } from "./model-files";
import type { Painter } from "./painter";
import type { PaintingStart } from "./painting.worker";

/** What this worker is told first; `painter` leads to the worker that looks at what is drawn. */
export interface DrawingStart extends PaintingStart {
  painter: MessagePort;
}

async function load(files: ModelFiles): Promise<DrawingModel> {
  prepare(await files.read(".wasm"));
  return DrawingModel.load((name) => files.read(name));
}

function start({ data: { base, listing, port, painter } }: MessageEvent<DrawingStart>): void {
  const files = new ModelFiles(base, listing);
  expose(new Engine(base, load(files), wrap<Painter>(painter), files), port);
}

addEventListener("message", start, { once: true });
