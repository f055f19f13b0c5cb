/** The wall clock to the hundredth of a millisecond, to be compared with a capture's times: Date.now() tells whole milliseconds. */

/** Milliseconds since 1970 at the monotonic clock's zero. */
let offsetMs = calibrated();

function calibrated(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - performance.now();
}

/** Follows what has been done to the wall clock since. Takes up to a millisecond. */
export function calibrateWallClock(): void {
  offsetMs = calibrated();
}

/** Milliseconds since 1970. */
export function wallClockMs(): number {
  return performance.now() + offsetMs;
}
