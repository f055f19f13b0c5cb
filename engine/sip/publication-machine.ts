/**
 * A published state (RFC 3903) as a reducer: the server keeps a document under an entity tag until it expires.
 *
 *            start                     accepted
 *    ┌─────┐ ───────► ┌────────────┐ ───────────► ┌───────────┐ ──┐ timer: refresh at 85 to 90% of the lifetime, with the tag
 *    │ off │          │ publishing │              │ published │ ◄─┘
 *    └─────┘          └────────────┘ ◄─────────── └───────────┘
 *       ▲               │       ▲       changed
 *       │       refused │       │ timer, start
 *       │               ▼       │
 *       │          ┌──────────────┐        ┌─────────────┐
 *       │          │   waiting    │        │ unsupported │  404, 405, 489, 501: the server keeps no states; only `start` asks again
 *       │          └──────────────┘        └─────────────┘
 *       │ accepted, refused, silent, timer       stop (while something is published)
 *    ┌─────────────┐ ◄──────────────────────────────────
 *    │ withdrawing │
 *    └─────────────┘                lost: from anywhere to off
 *
 * One PUBLISH is under way at a time; a change in the meantime follows it. 412 means that the server has forgotten the tag: the
 * document is published anew (§4.5).
 */
import { assertNever } from '../../contract/assert-never.ts';
import { askedWaitMs, backOffMs, longerLife, refreshDelayMs } from './soft-state.ts';

export interface PublicationState {
  phase: 'off' | 'publishing' | 'published' | 'waiting' | 'unsupported' | 'withdrawing';
  /** The server's name for what it keeps (SIP-ETag); null when it keeps nothing of ours that we know of. */
  tag: string | null;
  /** The document has changed since the PUBLISH that is under way. */
  changed: boolean;
  /** Lifetime to ask for, in seconds; grows when the server wants more (423). */
  expiresSeconds: number;
  /** Failures in a row. */
  failures: number;
}

export type PublicationEvent =
  /** The account is registered. */
  | { type: 'start' }
  | { type: 'stop' }
  /** The server is out of reach. */
  | { type: 'lost' }
  /** There is another document. */
  | { type: 'changed' }
  | { type: 'accepted'; tag: string; grantedSeconds: number }
  | {
      type: 'refused';
      status: number;
      retryAfterSeconds: number | undefined;
      minExpiresSeconds: number | undefined;
    }
  /** No answer, or the request could not be sent. */
  | { type: 'silent' }
  | { type: 'timer' };

export type PublicationEffect =
  /** `body` false: a refresh or a removal, which carry none (§4.1). */
  | { type: 'send'; tag: string | null; body: boolean; expiresSeconds: number }
  | { type: 'drop' }
  | { type: 'start-timer'; delayMs: number }
  | { type: 'stop-timer' };

const withdrawLimitMs = 4_000;
const retryBaseMs = 30_000;

/** Nothing published. */
export function initialPublication(expiresSeconds: number): PublicationState {
  return { phase: 'off', tag: null, changed: false, expiresSeconds, failures: 0 };
}

const keepsNoStates = (status: number) => [403, 404, 405, 489, 501].includes(status);

type Step = [PublicationState, PublicationEffect[]];

function publish(state: PublicationState): Step {
  const { tag, expiresSeconds } = state;
  return [
    { ...state, phase: 'publishing', changed: false },
    [{ type: 'stop-timer' }, { type: 'send', tag, body: true, expiresSeconds }],
  ];
}

function wait(state: PublicationState, delayMs: number): Step {
  return [
    // Without an answer nobody knows which tag holds: what the server keeps expires by itself.
    { ...state, phase: 'waiting', tag: null, changed: false, failures: state.failures + 1 },
    [{ type: 'drop' }, { type: 'start-timer', delayMs }],
  ];
}

function off(state: PublicationState): Step {
  return [initialPublication(state.expiresSeconds), [{ type: 'drop' }, { type: 'stop-timer' }]];
}

function refused(
  state: PublicationState,
  event: Extract<PublicationEvent, { type: 'refused' }>,
  fraction: number,
): Step {
  const { status, retryAfterSeconds } = event;
  if (state.phase === 'withdrawing') return off(state);
  if (state.phase !== 'publishing') return [state, []];
  if (status === 412 && state.tag !== null) return publish({ ...state, tag: null });
  const longer = longerLife(event, state.expiresSeconds);
  if (longer !== undefined) return publish({ ...state, expiresSeconds: longer });
  if (keepsNoStates(status))
    return [{ ...state, phase: 'unsupported', tag: null, changed: false }, [{ type: 'drop' }]];
  const backOff = backOffMs(retryBaseMs, state.failures, fraction);
  return wait(state, Math.max(backOff, askedWaitMs(retryAfterSeconds)));
}

/** One event's effect. `fraction`: random, from 0 to 1, for jitter. Events that do not fit change nothing. */
export function stepPublication(
  state: PublicationState,
  event: PublicationEvent,
  { fraction }: { fraction: number },
): Step {
  const { phase } = state;
  switch (event.type) {
    case 'start':
      return phase === 'publishing' || phase === 'published'
        ? [state, []]
        : publish({ ...state, failures: 0 });
    case 'stop':
      if (phase === 'off' || phase === 'withdrawing') return [state, []];
      if (state.tag === null) return off(state);
      return [
        { ...state, phase: 'withdrawing', changed: false },
        [
          { type: 'send', tag: state.tag, body: false, expiresSeconds: 0 },
          { type: 'start-timer', delayMs: withdrawLimitMs },
        ],
      ];
    case 'lost':
      return phase === 'off' ? [state, []] : off(state);
    case 'changed':
      if (phase === 'publishing') return [{ ...state, changed: true }, []];
      return phase === 'published' ? publish(state) : [state, []];
    case 'accepted': {
      if (phase === 'withdrawing') return off(state);
      if (phase !== 'publishing') return [state, []];
      const kept: PublicationState = { ...state, phase: 'published', tag: event.tag, failures: 0 };
      if (state.changed) return publish(kept);
      const seconds = Math.min(event.grantedSeconds, state.expiresSeconds);
      return [kept, [{ type: 'start-timer', delayMs: refreshDelayMs(seconds, fraction) }]];
    }
    case 'refused':
      return refused(state, event, fraction);
    case 'silent':
      if (phase === 'withdrawing') return off(state);
      if (phase !== 'publishing') return [state, []];
      return wait(state, backOffMs(retryBaseMs, state.failures, fraction));
    case 'timer':
      if (phase === 'withdrawing') return off(state);
      if (phase === 'waiting') return publish(state);
      if (phase !== 'published') return [state, []];
      return [
        { ...state, phase: 'publishing' },
        [{ type: 'send', tag: state.tag, body: false, expiresSeconds: state.expiresSeconds }],
      ];
    default:
      return assertNever(event);
  }
}
