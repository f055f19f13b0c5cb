/**
 * RNNoise: a recurrent neural network that takes noise out of a voice. The compiled library of @shiguredo/rnnoise-wasm, with a
 * loader of our own: the package's one refuses to run inside an AudioWorklet.
 */
export const noiseFrameSamples = 480;
/** RNNoise counts samples like 16-bit integers. */
const fullScale = 32_768;
const pageBytes = 65_536;

interface RnnoiseExports {
  memory: WebAssembly.Memory;
  emscripten_stack_init(): void;
  __wasm_call_ctors(): void;
  rnnoise_get_frame_size(): number;
  /** Takes a model's address; 0 is the built-in one. Answers 0 when there is no memory. */
  rnnoise_create(model: number): number;
  /** Addresses of state, output and input; answers how likely it is that somebody speaks. */
  rnnoise_process_frame(state: number, output: number, input: number): number;
  malloc(bytes: number): number;
}

export class Rnnoise {
  readonly #exports: RnnoiseExports;
  readonly #state: number;
  readonly #frame: number;

  /** A network that has heard nothing yet. Throws when the module is not RNNoise. */
  constructor(module: WebAssembly.Module) {
    const grow = (bytes: number): number => {
      const { memory } = this.#exports;
      memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / pageBytes));
      return 1;
    };
    const fail = () => {
      throw new Error('RNNoise does not hold together');
    };
    const instance = new WebAssembly.Instance(module, {
      env: { __assert_fail: fail, emscripten_resize_heap: grow },
      wasi_snapshot_preview1: { fd_write: () => 0 },
    });
    this.#exports = instance.exports as unknown as RnnoiseExports;
    this.#exports.emscripten_stack_init();
    this.#exports.__wasm_call_ctors();
    if (this.#exports.rnnoise_get_frame_size() !== noiseFrameSamples) fail();
    this.#state = this.#exports.rnnoise_create(0);
    this.#frame = this.#exports.malloc(noiseFrameSamples * Float32Array.BYTES_PER_ELEMENT);
    if (this.#state === 0 || this.#frame === 0) fail();
  }

  /**
   * Replaces {@link noiseFrameSamples} samples at 48 kHz (−1 to 1) by the voice in them, one such frame (10 ms) later: what comes
   * out belongs to the frame before.
   */
  process(frame: Float32Array): void {
    const { memory, rnnoise_process_frame: processFrame } = this.#exports;
    // Made anew each time: growing memory leaves old views empty.
    const samples = new Float32Array(memory.buffer, this.#frame, noiseFrameSamples);
    for (let index = 0; index < noiseFrameSamples; index += 1)
      samples[index] = (frame[index] ?? 0) * fullScale;
    processFrame(this.#state, this.#frame, this.#frame);
    const clean = new Float32Array(memory.buffer, this.#frame, noiseFrameSamples);
    for (let index = 0; index < noiseFrameSamples; index += 1) frame[index] = (clean[index] ?? 0) / fullScale;
  }
}
