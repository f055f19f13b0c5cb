/**
 * What a start leaves behind. A program that loads makes megabytes of what nobody needs afterwards, and V8 collects its old generation
 * only once that has grown to a multiple: a phone that has little to do would carry it all day. So it is collected once.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** It stops the calling thread for some 20 ms: by then a phone has loaded, and has sent its registration. */
const startMs = 2_000;

/** Collects the calling thread's garbage when the start is over. A program that ends before does not wait for it. */
export function collectAfterStart(afterMs = startMs): void {
  setTimeout(collect, afterMs).unref();
}

/** V8 gives the function to contexts that are made while the flag is set. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const collectNow = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collectNow();
}
