/**
 * Compiles a WebAssembly module in V8's best quality, at once. Left to itself V8 begins with quick code and makes it better, function by
 * function, in helper threads and when it has seen it run for long. But what fills a gap runs rarely, and then in all calls at once: in
 * quick code it takes three times as long, more than a frame for two hundred calls. The module is small: it takes 6 ms.
 */
import { setFlagsFromString } from 'node:v8';

/** The part of the WebAssembly API used here: TypeScript describes it only together with the DOM. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** V8 reads them when it compiles a module. They are the whole process's, and so they are put back. */
const wholeAndBest = ['--no-liftoff', '--no-wasm-lazy-compilation'];
const asUsual = ['--liftoff', '--wasm-lazy-compilation'];

/**
 * @param bytes a module that imports nothing
 * @returns what it exports
 * @throws WebAssembly.CompileError
 */
export function instantiate(bytes: Uint8Array): unknown {
  for (const flag of wholeAndBest) setFlagsFromString(flag);
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  } finally {
    for (const flag of asUsual) setFlagsFromString(flag);
  }
}
