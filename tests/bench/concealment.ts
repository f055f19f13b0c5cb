/**
 * How well lost sound is filled: speech goes through G.711, packets of 20 ms are lost in a pattern that a seed repeats, and each
 * method's filling is compared with what was lost, hole by hole. Correlation tells whether the waveform goes on as the voice did;
 * the ratio of energies whether it is as loud. Segmental signal-to-noise ratio does not rank concealment and is not told.
 */
import { Concealer, type SoundAhead } from '../../engine/media/concealment.ts';
import { muLawDecodeInto, muLawEncodeInto } from '../../native-wasm/g711.ts';
import { mulberry32 } from '../support/prng.ts';
import { AppendixOne } from './appendix-one.ts';
import { median } from './statistics.ts';

const rate = 8000;
const packetSamples = 160;
/** Mean square below which a lost packet held no sound worth comparing: −47 dB of full scale. */
const audiblePower = 2e4;

/** A pattern of losses: how often, and how long on average. */
export interface LossPattern {
  percent: number;
  /** Mean length of a loss in packets; 1: each packet is lost or not by itself. */
  burst: number;
}

/** The patterns of the table of results. */
export const lossPatterns: readonly LossPattern[] = [
  { percent: 1, burst: 1 },
  { percent: 5, burst: 1 },
  { percent: 10, burst: 1 },
  { percent: 5, burst: 2 },
];
/** Each pattern is drawn so often, from other seeds. */
const seeds = [1, 2, 3, 4, 5];

/**
 * `sidetone-blind`: nothing is known of what comes behind a loss, as on a line that is always late. `sidetone`: the packet behind a loss
 * is waiting in the jitter buffer when it has not been lost too, as it is when packets wait for 40 ms.
 */
export const concealmentMethods = [
  'silence',
  'repeat',
  'appendix-one',
  'sidetone-blind',
  'sidetone',
] as const;
export type ConcealmentMethod = (typeof concealmentMethods)[number];

export interface ConcealmentRow {
  pattern: LossPattern;
  method: ConcealmentMethod;
  /** Lost packets that held sound. */
  holes: number;
  /** Median over the holes, −1 to 1. */
  correlation: number;
  /** Median of filling against truth, in dB. */
  energyDb: number;
  /** Added to the sound at all times, in milliseconds. */
  delayMs: number;
}

/** Every pattern with every method. @param speech at 8 kHz */
export function measureConcealment(speech: Int16Array): ConcealmentRow[] {
  const truth = throughMuLaw(speech);
  return lossPatterns.flatMap((pattern) => {
    const packets = Math.floor(truth.length / packetSamples);
    const draws = seeds.map((seed) => drawLosses(pattern, packets, seed));
    return concealmentMethods.map((method) => ({ pattern, method, ...compareHoles(truth, draws, method) }));
  });
}

/** Which of the packets are lost: a Gilbert model, whose losses are as long as the pattern says on average. */
export function drawLosses({ percent, burst }: LossPattern, packets: number, seed: number): boolean[] {
  const draw = mulberry32(seed);
  const share = percent / 100;
  const stay = burst > 1 ? 1 - 1 / burst : share;
  const begin = burst > 1 ? share / burst / (1 - share) : share;
  let losing = false;
  return Array.from({ length: packets }, () => {
    losing = draw() < (losing ? stay : begin);
    return losing;
  });
}

/** Sound as G.711 carries it. */
export function throughMuLaw(samples: Int16Array): Int16Array {
  const codes = new Uint8Array(samples.length);
  muLawEncodeInto(samples, codes);
  const decoded = new Int16Array(samples.length);
  muLawDecodeInto(codes, decoded);
  return decoded;
}

/** One method's filling of the lost packets of one draw or more, compared with the truth. */
export function compareHoles(
  truth: Int16Array,
  draws: readonly (readonly boolean[])[],
  method: ConcealmentMethod,
): Pick<ConcealmentRow, 'holes' | 'correlation' | 'energyDb' | 'delayMs'> {
  const holes = draws.flatMap((lost) => holesOf(truth, lost, method));
  return {
    holes: holes.length,
    correlation: median(holes.map(({ correlation }) => correlation)),
    energyDb: median(holes.map(({ energyDb }) => energyDb)),
    delayMs: method === 'appendix-one' ? (1000 * AppendixOne.delaySamples) / rate : 0,
  };
}

/** Each lost packet that held sound: how its filling resembles it. */
function holesOf(
  truth: Int16Array,
  lost: readonly boolean[],
  method: ConcealmentMethod,
): { correlation: number; energyDb: number }[] {
  const filled = fill[method](truth, lost);
  return [...lost.entries()].flatMap(([packet, isLost]) => {
    if (!isLost) return [];
    const range = [packet * packetSamples, (packet + 1) * packetSamples] as const;
    const [a, b] = [truth.subarray(...range), filled.subarray(...range)];
    const power = dot(a, a) / packetSamples;
    if (power < audiblePower || b.length < packetSamples) return [];
    return {
      correlation: dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) + 1),
      energyDb: 10 * Math.log10((dot(b, b) / packetSamples + 1) / power),
    };
  });
}

const fill: Record<ConcealmentMethod, (truth: Int16Array, lost: readonly boolean[]) => Int16Array> = {
  silence: (truth, lost) => byPacket(truth, lost, (packet, isLost) => (isLost ? packet.fill(0) : packet)),
  repeat: (truth, lost) => {
    let last = new Int16Array(packetSamples);
    return byPacket(truth, lost, (packet, isLost) => (isLost ? last : (last = packet)));
  },
  'appendix-one': (truth, lost) => {
    const appendixOne = new AppendixOne();
    const late = byPacket(truth, lost, (packet, isLost) => {
      for (const half of [packet.subarray(0, packetSamples / 2), packet.subarray(packetSamples / 2)])
        half.set(appendixOne.next(isLost ? null : half));
      return packet;
    });
    return late.subarray(AppendixOne.delaySamples);
  },
  'sidetone-blind': (truth, lost) => sidetone(truth, lost, () => null),
  sidetone: (truth, lost) =>
    sidetone(truth, lost, (index) => {
      const start = (index + 1) * packetSamples;
      const samples = truth.subarray(start, start + packetSamples);
      return lost[index + 1] === false ? { samples, after: packetSamples } : null;
    }),
};

function sidetone(
  truth: Int16Array,
  lost: readonly boolean[],
  aheadOf: (index: number) => SoundAhead | null,
): Int16Array {
  const concealer = new Concealer(rate);
  return byPacket(truth, lost, (packet, isLost, index) => {
    if (isLost) concealer.conceal(packet, aheadOf(index));
    else concealer.receive(packet);
    return packet;
  });
}

function byPacket(
  truth: Int16Array,
  lost: readonly boolean[],
  play: (packet: Int16Array<ArrayBuffer>, isLost: boolean, index: number) => Int16Array,
): Int16Array {
  const filled = new Int16Array(truth.length);
  for (const [packet, isLost] of lost.entries()) {
    const start = packet * packetSamples;
    filled.set(play(truth.slice(start, start + packetSamples), isLost, packet), start);
  }
  return filled;
}

function dot(a: Int16Array, b: Int16Array): number {
  let sum = 0;
  for (const [index, sample] of a.entries()) sum += sample * (b[index] ?? 0);
  return sum;
}
