/**
 * ITU-T G.722 at 64 kbit/s: wideband sound (16 kHz) in 8,000 octets a second, bit-exact. An encoder and a decoder go on from what
 * they did before, so each belongs to one stream.
 */
import {
  g722State,
  inputBytes,
  inputInt16,
  maxSamples,
  outputBytes,
  outputInt16,
  sampleFunctions,
} from './module.ts';

/** Where the lower and the upper band keep the step of their quantiser, and where it begins (G.722 §3.6). */
const firstSteps = [
  { place: 24 + 3, step: 32 },
  { place: 56 + 3, step: 8 },
];

function createState(): Int32Array {
  const state = new Int32Array(g722State.length);
  for (const { place, step } of firstSteps) state[place] = step;
  return state;
}

/** Runs the module on one stream's state. */
function withState(state: Int32Array, work: () => void): void {
  g722State.set(state);
  work();
  state.set(g722State);
}

export class G722Encoder {
  readonly #state = createState();

  /**
   * One octet for each two samples.
   * @throws RangeError for an odd number of samples, or more than 5,760.
   */
  encode(samples: Int16Array): Uint8Array {
    const { length } = samples;
    if (length % 2 !== 0 || length > maxSamples)
      throw new RangeError(`${length} samples are no G.722 packet`);
    inputInt16.whole.set(samples);
    withState(this.#state, () => sampleFunctions.g722Encode(length));
    return outputBytes.first(length / 2).slice();
  }
}

export class G722Decoder {
  readonly #state = createState();

  /**
   * Two samples for each octet.
   * @throws RangeError for more than 2,880 octets.
   */
  decode(codes: Uint8Array): Int16Array {
    const { length } = codes;
    if (2 * length > maxSamples) throw new RangeError(`${length} octets are no G.722 packet`);
    inputBytes.whole.set(codes);
    withState(this.#state, () => sampleFunctions.g722Decode(length));
    return outputInt16.first(2 * length).slice();
  }
}
