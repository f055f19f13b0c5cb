/** RNNoise's compiled code: fetched and compiled once per page, off the thread that makes sound, when it is first wanted. */
import rnnoiseAddress from 'virtual:rnnoise-wasm';

let compiled: Promise<WebAssembly.Module> | null = null;

/** Rejects when it cannot be fetched; the next call tries again. */
export function noiseModule(): Promise<WebAssembly.Module> {
  compiled ??= fetch(rnnoiseAddress)
    .then((answer) => answer.arrayBuffer())
    .then((bytes) => WebAssembly.compile(bytes))
    .catch((thrown: unknown) => {
      compiled = null;
      throw thrown;
    });
  return compiled;
}
