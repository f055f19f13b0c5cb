/**
 * Registration as a reducer (RFC 3261 §10.2, back-off of RFC 5626 §4.5).
 *
 *            register                 accepted
 *    ┌─────┐ ───────► ┌─────────────┐ ───────► ┌────────────┐ ──┐ timer: refresh at 85 to 90% of the
 *    │ off │          │ registering │          │ registered │ ◄─┘ lifetime, still registered meanwhile
 *    └─────┘          └─────────────┘ ◄─┐      └────────────┘
 *       ▲                │ refused,     │ timer,     │ refresh refused or silent twice, transport lost
 *       │                ▼ silent twice │ register   ▼
 *       │             ┌────────┐ ───────┘        (failed)
 *       │             │ failed │
 *       │             └────────┘
 *       │ accepted, refused, silent      unregister (from anywhere but off)
 *    ┌───────────────┐ ◄──────────────────────────────────────────────────
 *    │ unregistering │
 *    └───────────────┘
 *
 * At most one REGISTER is under way and at most one timer runs: `send` replaces both.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { PhoneError } from '../../contract/errors.ts';
import { askedWaitMs, backOffMs, longerLife, refreshDelayMs } from './soft-state.ts';

export interface RegistrationState {
  phase: 'off' | 'registering' | 'registered' | 'failed' | 'unregistering';
  /** SIP status of the last answer, 0 before any. */
  status: number;
  error: PhoneError | null;
  /** When the last REGISTER succeeded (ms since 1970). */
  since: number | null;
  retryAt: number | null;
  /** Lifetime to ask for, in seconds; grows when the registrar wants more (423). */
  expiresSeconds: number;
  /** Failures in a row. */
  failures: number;
  /** The REGISTER before this one was never answered. */
  silent: boolean;
}

export type RegistrationEvent =
  | { type: 'register' }
  | { type: 'unregister' }
  /** 2xx. `outdated`: our contact has changed since the request was made. */
  | { type: 'accepted'; status: number; grantedSeconds: number; outdated: boolean }
  | {
      type: 'refused';
      status: number;
      error: PhoneError;
      retryAfterSeconds: number | undefined;
      minExpiresSeconds: number | undefined;
    }
  /** Timer F. */
  | { type: 'silent'; error: PhoneError }
  /** The request could not be sent although the transport stands (ICMP, full buffers). */
  | { type: 'unreachable'; error: PhoneError }
  /** The transport broke or could not connect. */
  | { type: 'transport-lost'; error: PhoneError }
  | { type: 'transport-ready' }
  | { type: 'timer' };

export type RegistrationEffect =
  { type: 'send'; expiresSeconds: number } | { type: 'start-timer'; delayMs: number } | { type: 'stop' };

/** The outside world at the moment of the event: the clock, and a random fraction from 0 to 1 for jitter. */
export interface RegistrationContext {
  now: number;
  fraction: number;
}

/** RFC 5626 §4.5's base-time, short because a person waits; refusals that only a person can cure take its own default of 30 s. */
const networkBaseMs = 4_000;
const refusalBaseMs = 30_000;
const quickRetryMs = 500;

/** A registration that has not begun. */
export function initialRegistration(expiresSeconds: number): RegistrationState {
  return {
    phase: 'off',
    status: 0,
    error: null,
    since: null,
    retryAt: null,
    expiresSeconds,
    failures: 0,
    silent: false,
  };
}

/** Statuses that the passing of time alone does not cure. */
const needsPerson = (status: number) =>
  status === 401 || status === 403 || status === 404 || status === 407 || status === 410 || status === 604;

type Step = [RegistrationState, RegistrationEffect[]];

function send(state: RegistrationState, phase: 'registering' | 'registered'): Step {
  return [{ ...state, phase, retryAt: null }, [{ type: 'send', expiresSeconds: state.expiresSeconds }]];
}

function fail(
  state: RegistrationState,
  failure: { status: number; error: PhoneError; delayMs: number },
  now: number,
): Step {
  const { status, error, delayMs } = failure;
  const failures = state.failures + 1;
  return [
    { ...state, phase: 'failed', status, error, failures, retryAt: now + delayMs, silent: false },
    [{ type: 'start-timer', delayMs }],
  ];
}

function off(state: RegistrationState): Step {
  return [{ ...initialRegistration(state.expiresSeconds), status: state.status }, [{ type: 'stop' }]];
}

/** One event's effect on the registration. Events that do not fit the state change nothing. */
export function stepRegistration(
  state: RegistrationState,
  event: RegistrationEvent,
  { now, fraction }: RegistrationContext,
): Step {
  const { phase } = state;
  const asks = phase === 'registering' || phase === 'registered';
  switch (event.type) {
    case 'register':
      return send({ ...state, silent: false }, phase === 'registered' ? 'registered' : 'registering');
    case 'unregister':
      if (phase === 'off' || phase === 'unregistering') return [state, []];
      return [
        { ...state, phase: 'unregistering', error: null, retryAt: null },
        [{ type: 'send', expiresSeconds: 0 }],
      ];
    case 'accepted': {
      if (phase === 'unregistering') return off({ ...state, status: event.status });
      if (!asks) return [state, []];
      const fresh = { ...state, status: event.status, error: null, failures: 0, silent: false, since: now };
      if (event.outdated) return send(fresh, phase);
      const delayMs = refreshDelayMs(event.grantedSeconds, fraction);
      return [{ ...fresh, phase: 'registered', retryAt: null }, [{ type: 'start-timer', delayMs }]];
    }
    case 'refused': {
      if (phase === 'unregistering') return off({ ...state, status: event.status });
      if (!asks) return [state, []];
      const { status, error, retryAfterSeconds } = event;
      const longer = longerLife(event, state.expiresSeconds);
      if (longer !== undefined) return send({ ...state, expiresSeconds: longer, status }, phase);
      const base = needsPerson(status) ? refusalBaseMs : networkBaseMs;
      const backOff = backOffMs(base, state.failures + 1, fraction);
      const delayMs = Math.max(backOff, askedWaitMs(retryAfterSeconds));
      return fail(state, { status, error, delayMs }, now);
    }
    case 'silent':
      if (phase === 'unregistering') return off(state);
      if (!asks) return [state, []];
      if (!state.silent) {
        const delayMs = Math.round(quickRetryMs * (1 + fraction));
        return [{ ...state, silent: true }, [{ type: 'start-timer', delayMs }]];
      }
      return fail(
        state,
        { status: 408, error: event.error, delayMs: backOffMs(networkBaseMs, state.failures + 1, fraction) },
        now,
      );
    case 'unreachable':
      if (phase === 'unregistering') return off(state);
      if (!asks) return [state, []];
      return fail(
        state,
        { status: 503, error: event.error, delayMs: backOffMs(networkBaseMs, state.failures + 1, fraction) },
        now,
      );
    case 'transport-lost':
      if (phase === 'unregistering') return off(state);
      if (phase === 'off') return [state, []];
      return [
        { ...state, phase: 'failed', status: 503, error: event.error, retryAt: null, silent: false },
        [{ type: 'stop' }],
      ];
    case 'transport-ready':
      return phase === 'failed' ? send({ ...state, silent: false }, 'registering') : [state, []];
    case 'timer':
      if (phase === 'failed') return send(state, 'registering');
      return asks ? send(state, phase) : [state, []];
    default:
      return assertNever(event);
  }
}
