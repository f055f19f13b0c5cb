/**
 * A subscription to an event package, seen from the subscriber (RFC 6665 §4.1), as a reducer.
 *
 *            start                  notified                     notified
 *    ┌─────┐ ──────► ┌─────────────┐ ───────► ┌─────────┐ ◄────► ┌────────┐ ──┐ timer: refresh at 85 to 90% of the
 *    │ off │         │ subscribing │          │ pending │        │ active │ ◄─┘ lifetime, inside the dialog
 *    └─────┘         └─────────────┘ ◄───┐    └─────────┘        └────────┘
 *       ▲               │ refused,       │ timer,  │ terminated, refused, silent three times │
 *       │               │ no NOTIFY      │ start   │                                         │
 *       │               ▼                │         ▼                                         │
 *       │            ┌─────────┐ ────────┘   ◄─────┴─────────────────────────────────────────┘
 *       │            │ waiting │        ┌─────────┐
 *       │            └─────────┘        │ refused │  terminated: rejected, noresource, invariant; only `start` leaves it
 *       │                               └─────────┘
 *       │ refused, terminated, timer       stop (with a dialog)
 *    ┌───────────────┐ ◄──────────────────────────────────
 *    │ unsubscribing │
 *    └───────────────┘                  lost: from anywhere to off
 *
 * At most one SUBSCRIBE is under way and one timer runs. While a SUBSCRIBE waits for its NOTIFY the timer is Timer N (§4.1.2.4):
 * it is the NOTIFY, not the 200, that makes a subscription.
 */
import { assertNever } from '../../contract/assert-never.ts';
import { askedWaitMs, backOffMs, longerLife, longestLifeSeconds, refreshDelayMs } from './soft-state.ts';

export interface SubscriptionState {
  phase: 'off' | 'subscribing' | 'pending' | 'active' | 'waiting' | 'refused' | 'unsubscribing';
  /** The last SUBSCRIBE has not been followed by its NOTIFY yet. */
  awaitsNotify: boolean;
  /** Lifetime to ask for, in seconds; grows when the notifier wants more (423). */
  expiresSeconds: number;
  /** What the last 2xx granted, in seconds. */
  grantedSeconds: number;
  /** Failures in a row. */
  failures: number;
  /** Why there is no subscription; null while there is one, or none is wanted. */
  refusal: Refusal | null;
}

export interface Refusal {
  /** SIP status, or the one that comes next to what a NOTIFY gave as its reason. */
  status: number;
  reason: string;
}

export type SubscriptionEvent =
  /** The way to the notifier is open: subscribes, or refreshes what stands. */
  | { type: 'start' }
  | { type: 'stop' }
  /** The way to the notifier is gone; what stood is forgotten. */
  | { type: 'lost' }
  /** 2xx to SUBSCRIBE. */
  | { type: 'accepted'; grantedSeconds: number }
  | {
      type: 'refused';
      status: number;
      reason: string;
      retryAfterSeconds: number | undefined;
      minExpiresSeconds: number | undefined;
    }
  /** No answer, or the request could not be sent. */
  | { type: 'silent' }
  | { type: 'notified'; state: 'pending' | 'active'; expiresSeconds: number | undefined }
  /** Subscription-State: terminated (§4.1.3). */
  | { type: 'terminated'; reason: string; retryAfterSeconds: number | undefined }
  /** What was notified does not fit together: the whole state is asked for again. */
  | { type: 'refresh' }
  | { type: 'timer' };

export type SubscriptionEffect =
  /** `anew`: a dialog of its own; else inside the one that stands. */
  | { type: 'send'; expiresSeconds: number; anew: boolean }
  /** Forgets the dialog and the request that is under way. */
  | { type: 'drop' }
  /** Replaces the timer that runs. */
  | { type: 'start-timer'; delayMs: number }
  | { type: 'stop-timer' };

/** Timer N, 64·T1 (§4.1.2.4). */
export const notifyLimitMs = 32_000;
const unsubscribeLimitMs = 4_000;
/** After the 200 to the last SUBSCRIBE its NOTIFY follows at once, if ever. */
const farewellMs = 500;
const quickRetryMs = 500;
const networkBaseMs = 4_000;
/** What only a person can cure is tried again seldom. */
const refusalBaseMs = 60_000;
/** A refresh that fails so often in a row gives the subscription up. */
const mostRefreshFailures = 3;

/** A subscription that has not begun. */
export function initialSubscription(expiresSeconds: number): SubscriptionState {
  return {
    phase: 'off',
    awaitsNotify: false,
    expiresSeconds,
    grantedSeconds: expiresSeconds,
    failures: 0,
    refusal: null,
  };
}

/** Answers to a refresh that end the subscription (RFC 5057 §5.1); after others it stands until it expires (§4.1.2.2). */
const endsSubscription = (status: number) =>
  [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604].includes(status);

/** Statuses that the passing of time alone does not cure. */
const needsPerson = (status: number) =>
  (status >= 400 && status < 500 && ![408, 423, 429, 480, 481, 491].includes(status)) ||
  status === 501 ||
  status >= 600;

type Step = [SubscriptionState, SubscriptionEffect[]];

function subscribe(state: SubscriptionState): Step {
  const { expiresSeconds } = state;
  return [
    { ...state, phase: 'subscribing', awaitsNotify: true, grantedSeconds: expiresSeconds },
    [
      { type: 'send', expiresSeconds, anew: true },
      { type: 'start-timer', delayMs: notifyLimitMs },
    ],
  ];
}

function refresh(state: SubscriptionState): Step {
  const { expiresSeconds } = state;
  return [
    { ...state, awaitsNotify: true },
    [
      { type: 'send', expiresSeconds, anew: false },
      { type: 'start-timer', delayMs: notifyLimitMs },
    ],
  ];
}

/** Gives the dialog up and subscribes anew after a while. */
function wait(state: SubscriptionState, delayMs: number, refusal: Refusal | null): Step {
  return [
    { ...state, phase: 'waiting', awaitsNotify: false, failures: state.failures + 1, refusal },
    [{ type: 'drop' }, { type: 'start-timer', delayMs }],
  ];
}

/** For good: only a new beginning asks again. */
function refuse(state: SubscriptionState, refusal: Refusal | null): Step {
  return [
    { ...state, phase: 'refused', awaitsNotify: false, refusal },
    [{ type: 'drop' }, { type: 'stop-timer' }],
  ];
}

function off(state: SubscriptionState): Step {
  return [initialSubscription(state.expiresSeconds), [{ type: 'drop' }, { type: 'stop-timer' }]];
}

function notified(
  state: SubscriptionState,
  event: Extract<SubscriptionEvent, { type: 'notified' }>,
  fraction: number,
): Step {
  if (state.phase === 'off' || state.phase === 'waiting' || state.phase === 'refused') return [state, []];
  if (state.phase === 'unsubscribing') return [state, []];
  const grantedSeconds = Math.min(event.expiresSeconds ?? state.grantedSeconds, longestLifeSeconds);
  return [
    { ...state, phase: event.state, awaitsNotify: false, grantedSeconds, refusal: null },
    [{ type: 'start-timer', delayMs: refreshDelayMs(grantedSeconds, fraction) }],
  ];
}

function refused(
  state: SubscriptionState,
  event: Extract<SubscriptionEvent, { type: 'refused' }>,
  fraction: number,
): Step {
  const { phase, failures } = state;
  const stands = phase === 'pending' || phase === 'active';
  if (phase === 'unsubscribing') return off(state);
  if (phase !== 'subscribing' && !stands) return [state, []];
  const { status, reason, retryAfterSeconds } = event;
  const expiresSeconds = longerLife(event, state.expiresSeconds);
  if (expiresSeconds !== undefined)
    return stands ? refresh({ ...state, expiresSeconds }) : subscribe({ ...state, expiresSeconds });
  if (stands && status === 481) return subscribe(state);
  const base = needsPerson(status) ? refusalBaseMs : networkBaseMs;
  const delayMs = Math.max(backOffMs(base, failures + 1, fraction), askedWaitMs(retryAfterSeconds));
  if (!stands || endsSubscription(status)) return wait(state, delayMs, { status, reason });
  return refreshFailed(state, delayMs, { status, reason });
}

/** The subscription stands until it expires (§4.1.2.2): the refresh is tried again, but not for ever. */
function refreshFailed(state: SubscriptionState, delayMs: number, refusal: Refusal): Step {
  if (state.failures + 1 >= mostRefreshFailures) return wait(state, delayMs, refusal);
  return [
    { ...state, awaitsNotify: false, failures: state.failures + 1 },
    [{ type: 'start-timer', delayMs }],
  ];
}

/** What each reason asks of the subscriber: RFC 6665 §4.1.3. */
function terminated(
  state: SubscriptionState,
  event: Extract<SubscriptionEvent, { type: 'terminated' }>,
  fraction: number,
): Step {
  const { phase, failures } = state;
  if (phase === 'unsubscribing') return off(state);
  if (phase === 'off' || phase === 'waiting' || phase === 'refused') return [state, []];
  switch (event.reason) {
    case 'rejected':
      return refuse(state, { status: 403, reason: 'Forbidden' });
    case 'noresource':
      return refuse(state, { status: 404, reason: 'Not Found' });
    case 'invariant':
      // What was told stays true for ever.
      return refuse(state, null);
    case 'deactivated':
    case 'timeout':
      // At once, unless the notifier does nothing but end subscriptions.
      return wait(
        state,
        failures === 0 ? quickRetryMs * (1 + fraction) : backOffMs(networkBaseMs, failures, fraction),
        null,
      );
    default: {
      // probation, giveup, none, and reasons that are not known.
      const backOff = backOffMs(networkBaseMs, failures + 1, fraction);
      const delayMs = Math.max(backOff, askedWaitMs(event.retryAfterSeconds));
      return wait(state, delayMs, { status: 480, reason: 'Temporarily Unavailable' });
    }
  }
}

/** One event's effect on the subscription. `fraction`: random, from 0 to 1, for jitter. Events that do not fit change nothing. */
export function stepSubscription(
  state: SubscriptionState,
  event: SubscriptionEvent,
  { fraction }: { fraction: number },
): Step {
  const { phase, failures } = state;
  const stands = phase === 'pending' || phase === 'active';
  switch (event.type) {
    case 'start':
      if (stands) return refresh(state);
      return phase === 'subscribing' ? [state, []] : subscribe({ ...state, failures: 0 });
    case 'stop':
      if (phase === 'off' || phase === 'unsubscribing') return [state, []];
      if (!stands) return off(state);
      return [
        { ...state, phase: 'unsubscribing', awaitsNotify: false },
        [
          { type: 'send', expiresSeconds: 0, anew: false },
          { type: 'start-timer', delayMs: unsubscribeLimitMs },
        ],
      ];
    case 'lost':
      return phase === 'off' ? [state, []] : off(state);
    case 'accepted': {
      if (phase === 'unsubscribing') return [state, [{ type: 'start-timer', delayMs: farewellMs }]];
      if (phase !== 'subscribing' && !stands) return [state, []];
      const grantedSeconds = Math.min(event.grantedSeconds, state.expiresSeconds);
      const granted = { ...state, grantedSeconds };
      if (state.awaitsNotify) return [granted, []];
      return [granted, [{ type: 'start-timer', delayMs: refreshDelayMs(grantedSeconds, fraction) }]];
    }
    case 'refused':
      return refused(state, event, fraction);
    case 'silent': {
      if (phase === 'unsubscribing') return off(state);
      const delayMs = backOffMs(networkBaseMs, failures + 1, fraction);
      const refusal: Refusal = { status: 408, reason: 'Request Timeout' };
      if (stands) return refreshFailed(state, delayMs, refusal);
      return phase === 'subscribing' ? wait(state, delayMs, refusal) : [state, []];
    }
    case 'notified':
      return notified(state, event, fraction);
    case 'terminated':
      return terminated(state, event, fraction);
    case 'refresh':
      return stands && !state.awaitsNotify ? refresh(state) : [state, []];
    case 'timer':
      if (phase === 'waiting') return subscribe(state);
      if (phase === 'unsubscribing') return off(state);
      if (phase === 'subscribing')
        return wait(state, backOffMs(networkBaseMs, failures + 1, fraction), {
          status: 408,
          reason: 'No NOTIFY',
        });
      if (!stands) return [state, []];
      // Timer N over a refresh: the subscription counts as ended (§4.1.2.2).
      return state.awaitsNotify ? subscribe(state) : refresh({ ...state, failures: 0 });
    default:
      return assertNever(event);
  }
}
