/**
 * What a start and a row of calls leave behind. A program that loads makes megabytes of what nobody needs afterwards, and what a call
 * holds for the half minute that its transactions live on is old by then. V8 collects its old generation only once that has grown by
 * 8 MB at least: a phone that has little to do would carry them all day. So it collects them at times when nothing is asked of it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** It stops the calling thread for some 20 ms: by then a phone has loaded, and has sent its registration. */
const startMs = 2_000;
/** They leave a megabyte or two. */
const callsBetween = 25;
let callsOver = 0;

/** Collects the calling thread's garbage when the start is over. A program that ends before does not wait for it. */
export function collectAfterStart(afterMs = startMs): void {
  setTimeout(collectGarbage, afterMs).unref();
}

/**
 * To be told of each call that is over: after some of them, when none goes on, the calling thread's garbage is collected.
 * @param goingOn calls that are left
 * @returns true where it is: a good time for other threads of the calls, too
 */
export function collectAfterCalls(goingOn: number): boolean {
  callsOver += 1;
  if (callsOver < callsBetween || goingOn > 0) return false;
  callsOver = 0;
  setImmediate(collectGarbage).unref();
  return true;
}

let collectNow: ((how: object) => void) | undefined;

/**
 * Collects the calling thread's garbage now, as thoroughly as V8 can: it gives what it has emptied back to the system, and lets go of
 * code that was compiled for once.
 */
export function collectGarbage(): void {
  collectNow ??= collector();
  collectNow({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** V8 gives it to contexts that are made while the flag is set. It stays set: another thread may be about to make one. */
function collector(): (how: object) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as (how: object) => void;
}
