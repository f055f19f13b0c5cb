/**
 * What a server keeps for a time only (registrations, subscriptions, publications): when it is refreshed, for how long it is asked for,
 * and when it is asked for again after a failure.
 */

/** RFC 5626 §4.5's max-time, and as long as a Retry-After is believed. */
const longestRetryMs = 1_800_000;
/** No server is asked for more than a day. */
export const longestLifeSeconds = 86_400;
const shortestRefreshMs = 5_000;

/** Between 85 and 90% of the lifetime, so that many phones do not refresh at the same moment. `fraction`: random, from 0 to 1. */
export function refreshDelayMs(lifeSeconds: number, fraction: number): number {
  return Math.max(shortestRefreshMs, Math.round(lifeSeconds * 1000 * (0.85 + 0.05 * fraction)));
}

/** RFC 5626 §4.5: between 50% and 100% of min(max-time, base-time · 2^failures), in milliseconds. */
export function backOffMs(baseMs: number, failures: number, fraction: number): number {
  const upper = Math.min(longestRetryMs, baseMs * 2 ** Math.min(failures, 30));
  return Math.round(upper * (0.5 + 0.5 * fraction));
}

/** The wait that a refusal's Retry-After asks for, in milliseconds; 0 when it names none. */
export function askedWaitMs(retryAfterSeconds: number | undefined): number {
  return Math.min((retryAfterSeconds ?? 0) * 1000, longestRetryMs);
}

/** The seconds that a 423 asks for instead of `expiresSeconds`; undefined when it is none, or wants what nobody should agree to. */
export function longerLife(
  { status, minExpiresSeconds = 0 }: { status: number; minExpiresSeconds?: number | undefined },
  expiresSeconds: number,
): number | undefined {
  const sensible = minExpiresSeconds > expiresSeconds && minExpiresSeconds <= longestLifeSeconds;
  return status === 423 && sensible ? minExpiresSeconds : undefined;
}
