import { env, InferenceSession, Tensor as Value } from "onnxruntime-web/wasm";
import type { Tensor } from "../tensor/tensor";

/** Prepares the WebAssembly that graphs run in; with more than one thread only where the page is isolated. */
export function prepare(binary: Uint8Array<ArrayBuffer>, threads = 1): void {
  env.wasm.wasmBinary = binary;
  env.wasm.numThreads = threads;
}

/** A network as an ONNX graph; its weights are in a file that it points into. */
export class Graph {
  private constructor(private readonly session: InferenceSession) {}

  /** `path`: what the graph calls the file of its weights. */
  static async load(graph: Uint8Array, path: string, data: Uint8Array): Promise<Graph> {
    const options: InferenceSession.SessionOptions = {
      executionProviders: ["wasm"],
      externalData: [{ path, data }],
      graphOptimizationLevel: "all", // casts the weights once, not at every call
    };
    return new Graph(await InferenceSession.create(graph, options));
  }

  /** Tensors in, tensors out, by the graph's names. Whole numbers, such as timesteps, are given as they are. */
  async run(inputs: Record<string, Tensor | bigint[]>): Promise<Record<string, Tensor>> {
    const feeds = Object.entries(inputs).map(([name, input]) => [name, valueOf(input)] as const);
    const outputs = Object.entries(await this.session.run(Object.fromEntries(feeds)));
    return Object.fromEntries(outputs.map(([name, value]) => [name, tensorOf(value)]));
  }
}

function valueOf(input: Tensor | bigint[]): Value {
  if (Array.isArray(input)) return new Value("int64", BigInt64Array.from(input), [input.length]);
  return new Value("float32", input.values, input.shape);
}

function tensorOf(value: Value): Tensor {
  return { shape: [...value.dims], values: value.data as Float32Array };
}
