/**
 * Finds what was said in what was heard, stretch by stretch: by how much it is delayed, how like it is, and what became of the frames
 * that the network lost.
 */
import { correlationAt, delayBetween } from '../support/audio-compare.ts';
import type { HeardSound } from './heard-sound.ts';
import { networkDelayMs, type Delivery, type Impairment } from './impairment.ts';

export interface Said {
  samples: Int16Array;
  /** When its first sample was said, monotonic milliseconds. */
  startedAtMs: number;
}

export interface DelayFigures {
  /** Arrival on an undisturbed network to play, one for each stretch that was found. */
  delaysMs: number[];
  /** Correlation of each second with what was said, at the delay of that second. */
  correlations: number[];
}

export interface HoleFigures {
  /** Isolated losses that could be judged, and those after which the sound goes on in its old place (±3 ms). */
  judged: number;
  kept: number;
  /** What fills the hole against what was lost: correlation, and energy in dB. */
  correlations: number[];
  energiesDb: number[];
}

const rate = 8_000;
const frame = 160;
const stretch = 4_000;
/** The phone has found its delay by then. */
const settleSeconds = 4;
/** Below this mean square a stretch counts as silence. */
const audible = 2e4;
const quiet = 1e4;
/** A stretch may be so far from where the one before was: a jitter buffer moves. */
const reach = 1_600;
const certain = 0.6;
/** A frame whose error has less than this share of its energy is the frame itself. */
const sameShare = 0.02;
const keptMs = 3;

function energyOf(samples: Int16Array, from: number, length: number): number {
  let sum = 0;
  for (let index = from; index < from + length; index += 1) sum += (samples[index] ?? 0) ** 2;
  return sum / length;
}

/** The place in what was heard that is most like a stretch of what was said, near a guess. */
function placeOf(
  said: Int16Array,
  start: number,
  length: number,
  heard: Int16Array,
  guess: number,
  range: number,
): { place: number; correlation: number } {
  let best = { place: guess, correlation: -1 };
  const look = (place: number) => {
    const correlation = correlationAt(said, start, heard, place, length);
    if (correlation > best.correlation) best = { place, correlation };
  };
  // Speech at 8 kHz stays alike for a sample or two: a coarse look, then a fine one.
  for (let place = guess - range; place <= guess + range; place += 2) look(place);
  const coarse = best.place;
  for (const place of [coarse - 1, coarse + 1]) look(place);
  return best;
}

/** Delay and likeness, half second by half second. */
export function delayFigures(said: Said, heard: HeardSound, impairment: Impairment): DelayFigures {
  const figures: DelayFigures = { delaysMs: [], correlations: [] };
  let offset = delayBetween(said.samples, heard.samples);
  const last = said.samples.length - stretch;
  for (let start = settleSeconds * rate; start <= last; start += stretch) {
    if (energyOf(said.samples, start, stretch) < audible) continue;
    const { place, correlation } = placeOf(
      said.samples,
      start,
      stretch,
      heard.samples,
      start + offset,
      reach,
    );
    if (place + stretch > heard.samples.length) break;
    figures.correlations.push(correlation);
    if (correlation < certain) continue;
    offset = place - start;
    const arrivedAtMs = said.startedAtMs + networkDelayMs(impairment) + start / (rate / 1000);
    const delayMs = heard.playedAtMs(place) - arrivedAtMs;
    if (Number.isFinite(delayMs)) figures.delaysMs.push(delayMs);
  }
  return figures;
}

/** What became of losses that have five whole frames on either side. */
export function holeFigures(said: Int16Array, heard: HeardSound, schedule: readonly Delivery[]): HoleFigures {
  const lost = new Set(schedule.filter((each) => each.lost).map((each) => each.frame));
  const places = framePlaces(said, heard.samples, schedule.length, lost);
  const figures: HoleFigures = { judged: 0, kept: 0, correlations: [], energiesDb: [] };
  for (const hole of lost) {
    const around = [1, 2, 3, 4, 5].flatMap((step) => [hole - step, hole + step]);
    if (around.some((each) => lost.has(each))) continue;
    const before = [hole - 1, hole - 2, hole - 3, hole - 4].find((each) => places.has(each));
    const after = [hole + 1, hole + 2, hole + 3, hole + 4].find((each) => places.has(each));
    if (before === undefined || after === undefined) continue;
    const [placeBefore = 0, placeAfter = 0] = [places.get(before), places.get(after)];
    const movedMs = (placeAfter - placeBefore - (after - before) * frame) / (rate / 1000);
    figures.judged += 1;
    if (Math.abs(movedMs) > keptMs) continue;
    figures.kept += 1;
    const energy = energyOf(said, hole * frame, frame);
    if (energy < audible) continue;
    const place = placeBefore + (hole - before) * frame;
    figures.correlations.push(correlationAt(said, hole * frame, heard.samples, place, frame));
    figures.energiesDb.push(10 * Math.log10((energyOf(heard.samples, place, frame) + 1) / energy));
  }
  return figures;
}

/** Where each frame that came through unchanged is heard. */
function framePlaces(
  said: Int16Array,
  heard: Int16Array,
  frames: number,
  lost: ReadonlySet<number>,
): Map<number, number> {
  const places = new Map<number, number>();
  let offset = delayBetween(said, heard);
  for (let index = 50; index < frames - 30; index += 1) {
    const start = index * frame;
    if (index % 25 === 0 && energyOf(said, start, stretch) >= audible) {
      const found = placeOf(said, start, stretch, heard, start + offset, reach);
      if (found.correlation > certain) offset = found.place - start;
    }
    if (lost.has(index) || energyOf(said, start, frame) < quiet) continue;
    const { place, correlation } = placeOf(said, start, frame, heard, start + offset, 240);
    if (1 - correlation ** 2 > sameShare) continue;
    places.set(index, place);
    offset = place - start;
  }
  return places;
}
