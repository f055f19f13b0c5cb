/** Processor time that the host of a virtual machine gave to others: what was measured meanwhile says as much about them as about the phones. */
import { readFileSync } from 'node:fs';
import { wallClockMs } from './wall-clock.ts';

/** Of all processors since the start, in the kernel's ticks. */
export interface ProcessorTime {
  all: number;
  stolen: number;
}

/** The line `cpu` of /proc/stat, proc(5): user, nice, system, idle, iowait, irq, softirq, steal; what guests used is in user already. */
export function processorTime(stat: string = readFileSync('/proc/stat', 'utf8')): ProcessorTime {
  const ticks = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(' ').slice(0, 8).map(Number);
  if (ticks?.length !== 8) throw new Error('/proc/stat has no line `cpu` with a count of stolen time');
  return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? NaN };
}

/** 0 to 1; 0 between two readings within one tick. */
export function stolenShare(before: ProcessorTime, after: ProcessorTime): number {
  const all = after.all - before.all;
  return all > 0 ? (after.stolen - before.stolen) / all : 0;
}

const lookMs = 20;
/** The kernel counts it when the processor next wakes. */
const nearMs = 120;

/** The moments at which some was stolen, from its making until `stop`. */
export class StolenMoments {
  readonly #atMs: number[] = [];
  readonly #timer: NodeJS.Timeout;

  /** Tests have readings and a clock of their own. */
  constructor(reading: () => ProcessorTime = processorTime, nowMs: () => number = wallClockMs) {
    let before = reading().stolen;
    this.#timer = setInterval(() => {
      const { stolen } = reading();
      if (stolen !== before) this.#atMs.push(nowMs());
      before = stolen;
    }, lookMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @param atMs milliseconds since 1970 */
  beside(atMs: number): boolean {
    return this.#atMs.some((each) => Math.abs(each - atMs) <= nearMs);
  }
}
