/** Whole recordings to a rate that comes in frames of 20 ms, without delay: file sources, once per call. */
import { floatToInt16, int16ToFloat } from '../../native-wasm/convert.ts';
import { designLowPass, lowPassDelaySamples } from '../../native-wasm/low-pass.ts';
import type { SampleRateHz } from '../../native-wasm/resample.ts';

const framedRates: readonly SampleRateHz[] = [8000, 16_000, 24_000, 32_000, 48_000];
const cdRates: readonly number[] = [11_025, 22_050, 44_100];

/** True when {@link convertRecording} can read this rate. */
export function isConvertible(rateHz: number): boolean {
  return framedRates.some((rate) => rate === rateHz) || cdRates.includes(rateHz);
}

/** The lowest rate in frames of 20 ms that holds all of a recording. */
export function framedRateFor(rateHz: number): SampleRateHz {
  return framedRates.find((rate) => rate >= rateHz) ?? 48_000;
}

/** Lets sockets and timers have their turn: a long file must not hold up a call. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Converts mono samples of a compact disc's rate; as many come out as last equally long. Works in pieces, so that pacing goes on
 * meanwhile. Samples that are at the wanted rate already are answered as they are.
 * @throws RangeError for a rate that {@link isConvertible} refuses.
 */
export async function convertRecording(
  samples: Int16Array,
  fromHz: number,
  toHz: SampleRateHz,
): Promise<Int16Array> {
  if (fromHz === toHz) return samples;
  if (!cdRates.includes(fromHz)) throw new RangeError(`no conversion from ${fromHz} Hz`);
  const length = Math.ceil((samples.length * toHz) / fromHz);
  const converted = new Int16Array(length);
  const convertPiece = byPhases(fromHz, toHz);
  // A fifth of a second is a whole number of samples at every rate.
  const pieceIn = fromHz / 5;
  const pieceOut = toHz / 5;
  const delay = Math.round((lowPassDelaySamples * toHz) / Math.min(fromHz, toHz));
  for (let piece = 0; piece * pieceOut < length + delay; piece += 1) {
    const input = new Int16Array(pieceIn);
    input.set(samples.subarray(piece * pieceIn, (piece + 1) * pieceIn));
    const output = floatToInt16(convertPiece(int16ToFloat(input)));
    const at = piece * pieceOut - delay;
    const part = output.subarray(Math.max(0, -at), Math.max(0, Math.min(output.length, length - at)));
    converted.set(part, Math.max(0, at));
    await breathe();
  }
  return converted;
}

type ConvertPiece = (piece: Float32Array) => Float32Array;

/** A low-pass in its phases: the ratios of these rates to telephone rates are too long for the streaming resampler. */
function byPhases(fromHz: number, toHz: number): ConvertPiece {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const filter = designLowPass(up, down);
  const taps = Math.ceil(filter.length / up);
  let past = new Float32Array(taps - 1);
  return (piece) => {
    const line = new Float32Array(past.length + piece.length);
    line.set(past);
    line.set(piece, past.length);
    const output = new Float32Array((piece.length * up) / down);
    for (let index = 0; index < output.length; index += 1) {
      const newest = past.length + Math.floor((index * down) / up);
      let sum = 0;
      for (let age = 0, tap = (index * down) % up; tap < filter.length; age += 1, tap += up) {
        sum += (filter[tap] ?? 0) * (line[newest - age] ?? 0);
      }
      output[index] = sum;
    }
    past = line.slice(piece.length);
    return output;
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
