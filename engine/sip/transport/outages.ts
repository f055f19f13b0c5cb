/**
 * Which of a server's places is used now (RFC 3263 §4.3): the first in DNS's order that is not known to fail. A failure counts for a
 * while that doubles with each one, and then the place is worth another try.
 */
import type { Target } from './resolve.ts';

/** By `targetKey`: the failures of each place since it last worked. */
export type Outages = ReadonlyMap<string, { failures: number; untilMs: number }>;

export const noOutages: Outages = new Map();

const baseMs = 30_000;
const longestMs = 1_800_000;

export const targetKey = ({ protocol, host, port }: Target) => `${protocol} ${host}:${port}`;

/** @param retryAfterMs as the server asked (Retry-After); 0 when it did not */
export function withFailure(outages: Outages, target: Target, nowMs: number, retryAfterMs = 0): Outages {
  const failures = (outages.get(targetKey(target))?.failures ?? 0) + 1;
  const pauseMs = Math.min(longestMs, Math.max(retryAfterMs, baseMs * 2 ** Math.min(failures - 1, 10)));
  return new Map(outages).set(targetKey(target), { failures, untilMs: nowMs + pauseMs });
}

export function withSuccess(outages: Outages, target: Target): Outages {
  const others = new Map(outages);
  others.delete(targetKey(target));
  return others;
}

/** The places in the order to try them: DNS's, with those that fail at the end, soonest to be tried again first. */
export function inOrder<T extends Target>(targets: readonly T[], outages: Outages, nowMs: number): T[] {
  const failsUntil = (target: T) => {
    const untilMs = outages.get(targetKey(target))?.untilMs ?? 0;
    return untilMs > nowMs ? untilMs : 0;
  };
  return targets.toSorted((one, other) => failsUntil(one) - failsUntil(other));
}

/** The places that DNS prefers to the present one and that are worth another try. */
export function preferredTo<T extends Target>(
  present: Target,
  targets: readonly T[],
  outages: Outages,
  nowMs: number,
): T[] {
  const at = targets.findIndex((target) => targetKey(target) === targetKey(present));
  const before = at === -1 ? targets : targets.slice(0, at);
  return before.filter((target) => (outages.get(targetKey(target))?.untilMs ?? 0) <= nowMs);
}
