/** What a long call is looked at for from time to time, and what is wrong when the looks are laid side by side. */

export interface Look {
  /** Since the call had settled. */
  minute: number;
  residentMegabytes: number;
  /** What the main thread holds, garbage collected. */
  heapMegabytes: number;
  /** The least that the jitter buffer held since the look before. */
  bufferMs: number;
  /** Packets since the call had settled, as are the following. */
  received: number;
  late: number;
  lost: number;
  concealedMs: number;
  /** Sound that was stretched or left out to follow the other clock. */
  timeScaledMs: number;
}

/** What the last third of the looks may have more than the first. */
const grownShare = 0.05;
const grownMegabytes = 8;
const grownHeapMegabytes = 1;
/** A buffer that does not follow the other clock has 360 ms more or less after each hour. */
const bufferDriftMs = 30;
/** Of the sound; a busy machine is late by itself at times. */
const mostLateShare = 0.0005;
const mostConcealedShare = 0.001;
const frameMs = 20;

/**
 * @param looks in the order of time; sentences without a full stop come back
 * @param fromMinute looks before it are not judged for growth
 */
export function faultsOf(looks: readonly Look[], fromMinute: number): string[] {
  const end = looks.at(-1);
  if (end === undefined || end.received === 0) return ['nothing was received'];
  const judged = looks.filter(({ minute }) => minute >= fromMinute);
  const third = Math.ceil(judged.length / 3);
  const [first, last] = [judged.slice(0, third), judged.slice(-third)];
  const least = (part: readonly Look[], of: (look: Look) => number) => Math.min(...part.map(of));
  const growth = (of: (look: Look) => number) => least(last, of) - least(first, of);
  const faults: string[] = [];

  const held = growth((look) => look.heapMegabytes);
  if (held > grownHeapMegabytes) faults.push(`the heap grew by ${held.toFixed(1)} MB`);
  const resident = (look: Look) => look.residentMegabytes;
  const grown = growth(resident);
  if (grown > Math.max(grownMegabytes, grownShare * least(first, resident)))
    faults.push(`memory grew by ${grown.toFixed(1)} MB`);
  const drifted = growth((look) => look.bufferMs);
  if (Math.abs(drifted) > bufferDriftMs) faults.push(`the buffer drifted by ${drifted.toFixed(0)} ms`);
  if (end.late > mostLateShare * end.received) faults.push(`${end.late} packets came too late`);
  if (end.lost > 0) faults.push(`${end.lost} packets were lost`);
  if (end.concealedMs > mostConcealedShare * end.received * frameMs)
    faults.push(`${end.concealedMs.toFixed(0)} ms were concealed`);
  return faults;
}

export function lookLine(look: Look): string {
  const { minute, residentMegabytes, heapMegabytes, bufferMs, late, lost, concealedMs } = look;
  return [
    `${minute.toFixed(1)} min: ${residentMegabytes.toFixed(0)} MB resident, ${heapMegabytes.toFixed(1)} MB heap`,
    `buffer ${bufferMs.toFixed(0)} ms, ${late} late, ${lost} lost, ${concealedMs.toFixed(0)} ms concealed`,
    `${look.timeScaledMs.toFixed(0)} ms time-scaled`,
  ].join(', ');
}
