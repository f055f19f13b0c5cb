/**
 * How much room V8 gives to what is new. It doubles the young generation when much survives in it, and never takes that back. While a
 * program loads nearly everything survives: at the end of it 8 MB stand about empty for as long as the phone runs. So a phone starts
 * with the smallest one and stays there. A crowd of calls makes so much that is new that collecting it often costs processor time
 * (about a twentieth with two hundred): it gets its room.
 *
 * Who collects it: V8 wakes helpers, so that many survivors are moved sooner, and waits for them. They have the priority of all other
 * work, and the media thread a higher one (media/thread-priority.ts): on a busy processor it stood still until their turn came, 40 ms
 * and more with two hundred calls. Each thread collects what is its own.
 *
 * The flags are the whole process's, threads included, and V8 reads them each time that it collects or thinks of growing.
 */
import { setFlagsFromString } from 'node:v8';

/** So many calls at once are a crowd. */
export const crowdOfCalls = 16;

export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

export function collectWithoutHelpers(): void {
  setFlagsFromString('--no-parallel-scavenge');
}

/** As V8 itself would have it. */
export function letYoungGenerationGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}
