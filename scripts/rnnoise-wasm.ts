/**
 * RNNoise's WebAssembly as a file of its own. The package @shiguredo/rnnoise-wasm carries it as base64 inside a loader that runs
 * neither in an AudioWorklet nor under a content security policy without `data:`.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const loaderFile = new URL('../node_modules/@shiguredo/rnnoise-wasm/dist/rnnoise.js', import.meta.url);
const id = 'virtual:rnnoise-wasm';

/** The bytes of the module. Throws when the package has changed its shape. */
export function rnnoiseWasm(): Uint8Array<ArrayBuffer> {
  const loader = readFileSync(loaderFile, 'utf8');
  // `\0asm` in base64, up to the end of the string.
  const [, base64] = /"(AGFzbQ[A-Za-z0-9+/=]+)"/.exec(loader) ?? [];
  if (base64 === undefined) throw new Error('@shiguredo/rnnoise-wasm holds no WebAssembly any more');
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Vite plugin: `import address from 'virtual:rnnoise-wasm'`. */
export function rnnoiseWasmFile(): Plugin {
  return {
    name: 'rnnoise-wasm',
    resolveId: (wanted) => (wanted === id ? `\0${id}` : undefined),
    load(wanted) {
      if (wanted !== `\0${id}`) return undefined;
      const file = this.emitFile({ type: 'asset', name: 'rnnoise.wasm', source: rnnoiseWasm() });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}
