/**
 * How much room V8 gives to what is new. It doubles the young generation when much survives in it, and never takes that back. While a
 * program loads nearly everything survives: at the end of it 8 MB stand about empty for as long as the phone runs. So a phone starts
 * with the smallest one and stays there. A crowd of calls makes so much that is new that collecting it often costs processor time
 * (about a twentieth with two hundred): it gets its room. In the media thread there is a limit to it, because the thread stands still
 * while it collects: a millisecond at a time up to there, ten and more in what V8 would grow to.
 *
 * The flag is the whole process's, threads included, and V8 reads it each time that it thinks of growing.
 */
import { setFlagsFromString } from 'node:v8';

/** For the media thread. A third of it is in use at a time. */
export const mostYoungMegabytes = 12;

/** So many calls at once are a crowd. */
export const crowdOfCalls = 16;

export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** As V8 itself would have it. */
export function letYoungGenerationGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}
