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
 */
export function collectAfterCalls(goingOn: number): void {
  callsOver += 1;
  if (callsOver < callsBetween || goingOn > 0) return;
  callsOver = 0;
  setImmediate(collectGarbage).unref();
}

/** Collects the calling thread's garbage now. V8 gives the function to contexts that are made while the flag is set. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collectNow = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collectNow();
}
