/**
 * Consent to go on sending (RFC 7675), as a reducer: the far side answers a check about every five seconds, which also holds NATs open
 * (RFC 8445 §11). Without an answer for thirty it may be somebody else by now, and nothing is sent there any more.
 *
 *   consented ──timer──▶ consented [check] ──answered──▶ consented
 *       └──timer, 30 s after the last answer──▶ expired
 */
import { assertNever } from '../../contract/assert-never.ts';

export interface ConsentState {
  phase: 'consented' | 'expired';
  /** When the last answer came. */
  answeredMs: number;
}
export type ConsentEvent = { type: 'timer'; random: number } | { type: 'answered' };
export type ConsentEffect = { type: 'check' } | { type: 'wait'; afterMs: number } | { type: 'expired' };

const intervalMs = 5_000;
const expiryMs = 30_000;

/** RFC 7675 §5.1: 0.8 to 1.2 times the interval. @param random from 0 up to 1 */
export function consentIntervalMs(random: number): number {
  return intervalMs * (0.8 + 0.4 * random);
}

export function stepConsent(
  state: ConsentState,
  event: ConsentEvent,
  nowMs: number,
): [ConsentState, ConsentEffect[]] {
  if (state.phase === 'expired') return [state, []];
  switch (event.type) {
    case 'answered':
      return [{ ...state, answeredMs: nowMs }, []];
    case 'timer':
      if (nowMs - state.answeredMs >= expiryMs)
        return [{ ...state, phase: 'expired' }, [{ type: 'expired' }]];
      return [state, [{ type: 'check' }, { type: 'wait', afterMs: consentIntervalMs(event.random) }]];
    default:
      return assertNever(event);
  }
}
