/**
 * The transaction timers that make SIP work over a network that loses packets (RFC 3261 §17, RFC 6026), as one reducer. The layer
 * above runs the transactions proper; this one repeats what may be lost and swallows what was already seen.
 *
 *   INVITE client (§17.1.1)                          other client (§17.1.2)
 *   calling ──1xx──▶ proceeding                      trying ──1xx──▶ proceeding
 *     │ A: request again, interval doubles             │ E: request again, doubling to T2; T2 in proceeding
 *     ├─2xx──▶ accepted (2xx again goes up) ─M─▶ end   └─final──▶ completed (final again swallowed) ─K─▶ end
 *     ├─3xx…6xx──▶ completed (again: ACK) ──D──▶ end   F ends trying and proceeding
 *     └─B──▶ end
 *   proceeding, CANCEL sent, 64·T1 without a final ──▶ abandoned: a 487 goes up (§9.1) ──▶ end
 *
 *   INVITE server (§17.2.1)                          other server (§17.2.2)
 *   proceeding (again: last 1xx; 100 after 200 ms)   trying (again: swallowed) ──1xx──▶ proceeding (again: 1xx)
 *     ├─2xx──▶ accepted (again: swallowed) ─L─▶ end    └─final──▶ completed (again: final) ──J──▶ end
 *     └─3xx…6xx──▶ completed ──ACK──▶ confirmed ─I─▶ end    F ends what is never answered
 *          G: response again, doubling to T2; H ends it
 *
 * 2xx to INVITE and reliable 1xx are repeated by the layer above; they only pass through here.
 */
import { assertNever } from '../../../contract/assert-never.ts';

export type Role = 'invite-client' | 'client' | 'invite-server' | 'server';
export type Phase =
  'calling' | 'trying' | 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'abandoned' | 'ended';

/** `resend`: timers A, E, G. `limit`: B, F, H and §9.1's wait. `linger`: D, I, J, K, L, M. `trying`: §17.2.1's 200 ms. */
export type TimerName = 'resend' | 'limit' | 'linger' | 'trying';

export interface TransactionState {
  role: Role;
  phase: Phase;
  /** What the resend timer was last set to; 0 when it does not run. */
  resendMs: number;
}

export type ResponseClass = 'provisional' | 'success' | 'failure';

export type TransactionEvent =
  /** From the network, for a client. */
  | { kind: 'response'; of: ResponseClass }
  /** From the network, for a server: the same request again, or the ACK of a failure. */
  | { kind: 'request-again' }
  | { kind: 'ack' }
  /** From the layer above, for a server. */
  | { kind: 'answer'; of: ResponseClass }
  /** From the layer above, for an INVITE client: its ACK of a failure, its CANCEL. */
  | { kind: 'ack-sent' }
  | { kind: 'cancel-sent' }
  | { kind: 'timer'; timer: TimerName };

export type TransactionEffect =
  /** Hand the event's message up. */
  | { kind: 'deliver' }
  /** Hand the event's message, which the layer above gave, to the network and keep it for repeating. */
  | { kind: 'transmit' }
  | { kind: 'repeat-request' }
  | { kind: 'repeat-response' }
  | { kind: 'repeat-ack' }
  /** Send 100 Trying on behalf of a layer above that takes its time. */
  | { kind: 'send-trying' }
  /** Hand up a response of our own making. */
  | { kind: 'deliver-own'; status: 487 }
  | { kind: 'start'; timer: TimerName; afterMs: number }
  | { kind: 'stop'; timer: TimerName }
  | { kind: 'end' };

/** RFC 3261 §17.1.1.1 and table 4. */
export interface TimerValues {
  /** Estimate of the round trip. */
  t1Ms: number;
  /** Longest interval between repeats. */
  t2Ms: number;
  /** Longest life of a message in the network. */
  t4Ms: number;
}
export const standardTimers: TimerValues = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

export interface TransactionTerms extends TimerValues {
  /** A stream: nothing is repeated, and there is nothing to linger for. */
  reliable: boolean;
}

type Step = [TransactionState, TransactionEffect[]];

const deliver: TransactionEffect = { kind: 'deliver' };
const transmit: TransactionEffect = { kind: 'transmit' };
const stop = (timer: TimerName): TransactionEffect => ({ kind: 'stop', timer });
const start = (timer: TimerName, afterMs: number): TransactionEffect => ({ kind: 'start', timer, afterMs });

/** The first state of a transaction whose request was just sent (client) or received (server). */
export function beginTransaction(role: Role, terms: TransactionTerms): Step {
  const resendMs = terms.reliable ? 0 : terms.t1Ms;
  const limit = start('limit', 64 * terms.t1Ms);
  const resend = terms.reliable ? [] : [start('resend', resendMs)];
  switch (role) {
    case 'invite-client':
      return [{ role, phase: 'calling', resendMs }, [limit, ...resend]];
    case 'client':
      return [{ role, phase: 'trying', resendMs }, [limit, ...resend]];
    case 'invite-server':
      return [{ role, phase: 'proceeding', resendMs: 0 }, [start('trying', 200)]];
    case 'server':
      return [{ role, phase: 'trying', resendMs: 0 }, [limit]];
    default:
      return assertNever(role);
  }
}

/** What happens next. An event that means nothing in this state changes nothing and has no effects. */
export function stepTransaction(
  state: TransactionState,
  event: TransactionEvent,
  terms: TransactionTerms,
): Step {
  switch (state.role) {
    case 'invite-client':
      return stepInviteClient(state, event, terms);
    case 'client':
      return stepClient(state, event, terms);
    case 'invite-server':
      return stepInviteServer(state, event, terms);
    case 'server':
      return stepServer(state, event, terms);
    default:
      return assertNever(state.role);
  }
}

/** Ends the transaction, or lets it swallow repeats for a while first. */
function linger(state: TransactionState, phase: Phase, lingerMs: number, effects: TransactionEffect[]): Step {
  const quiet = [stop('resend'), stop('limit')];
  if (lingerMs === 0)
    return [{ ...state, phase: 'ended', resendMs: 0 }, [...quiet, ...effects, { kind: 'end' }]];
  return [{ ...state, phase, resendMs: 0 }, [...quiet, start('linger', lingerMs), ...effects]];
}

function end(state: TransactionState): Step {
  return [{ ...state, phase: 'ended', resendMs: 0 }, [{ kind: 'end' }]];
}

function repeat(state: TransactionState, nextMs: number, effect: TransactionEffect): Step {
  return [{ ...state, resendMs: nextMs }, [effect, start('resend', nextMs)]];
}

function stepInviteClient(state: TransactionState, event: TransactionEvent, terms: TransactionTerms): Step {
  const { phase } = state;
  if (event.kind === 'timer') {
    if (event.timer === 'resend' && phase === 'calling')
      return repeat(state, state.resendMs * 2, { kind: 'repeat-request' });
    if (event.timer === 'limit' && phase === 'calling') return end(state);
    if (event.timer === 'limit' && phase === 'proceeding') {
      const [abandoned, effects] = linger(state, 'abandoned', terms.t4Ms, []);
      return [abandoned, [...effects, { kind: 'deliver-own', status: 487 }]];
    }
    return event.timer === 'linger' ? end(state) : [state, []];
  }
  if (event.kind === 'ack-sent') return [state, phase === 'completed' ? [transmit] : []];
  if (event.kind === 'cancel-sent')
    return [state, phase === 'proceeding' ? [start('limit', 64 * terms.t1Ms)] : []];
  if (event.kind !== 'response') return [state, []];
  if (phase === 'calling' || phase === 'proceeding') {
    if (event.of === 'success') return linger(state, 'accepted', 64 * terms.t1Ms, [deliver]);
    // Kept on streams too: the ACK to come belongs to the same connection.
    if (event.of === 'failure') return linger(state, 'completed', 64 * terms.t1Ms, [deliver]);
    if (phase === 'proceeding') return [state, [deliver]];
    return [{ ...state, phase: 'proceeding', resendMs: 0 }, [stop('resend'), stop('limit'), deliver]];
  }
  if (phase === 'accepted' && event.of === 'success') return [state, [deliver]];
  if (phase === 'completed' && event.of === 'failure') return [state, [{ kind: 'repeat-ack' }]];
  return [state, []];
}

function stepClient(state: TransactionState, event: TransactionEvent, terms: TransactionTerms): Step {
  const { phase } = state;
  const open = phase === 'trying' || phase === 'proceeding';
  if (event.kind === 'timer') {
    if (event.timer === 'resend' && open) {
      const nextMs = phase === 'proceeding' ? terms.t2Ms : Math.min(state.resendMs * 2, terms.t2Ms);
      return repeat(state, nextMs, { kind: 'repeat-request' });
    }
    return event.timer === 'linger' || (event.timer === 'limit' && open) ? end(state) : [state, []];
  }
  if (event.kind !== 'response' || !open) return [state, []];
  if (event.of === 'provisional') return [{ ...state, phase: 'proceeding' }, [deliver]];
  return linger(state, 'completed', terms.reliable ? 0 : terms.t4Ms, [deliver]);
}

function stepInviteServer(state: TransactionState, event: TransactionEvent, terms: TransactionTerms): Step {
  const { phase } = state;
  switch (event.kind) {
    case 'timer':
      if (event.timer === 'trying' && phase === 'proceeding') return [state, [{ kind: 'send-trying' }]];
      if (event.timer === 'resend' && phase === 'completed')
        return repeat(state, Math.min(state.resendMs * 2, terms.t2Ms), { kind: 'repeat-response' });
      if (event.timer === 'limit' && phase === 'completed') return end(state);
      return event.timer === 'linger' ? end(state) : [state, []];
    case 'request-again':
      return [state, phase === 'proceeding' || phase === 'completed' ? [{ kind: 'repeat-response' }] : []];
    case 'ack':
      return phase === 'completed'
        ? linger(state, 'confirmed', terms.reliable ? 0 : terms.t4Ms, [deliver])
        : [state, []];
    case 'answer':
      if (phase === 'accepted' && event.of === 'success') return [state, [transmit]];
      if (phase !== 'proceeding') return [state, []];
      if (event.of === 'provisional') return [state, [stop('trying'), transmit]];
      if (event.of === 'success')
        return linger(state, 'accepted', 64 * terms.t1Ms, [stop('trying'), transmit]);
      return [
        { ...state, phase: 'completed', resendMs: terms.reliable ? 0 : terms.t1Ms },
        [
          stop('trying'),
          start('limit', 64 * terms.t1Ms),
          ...(terms.reliable ? [] : [start('resend', terms.t1Ms)]),
          transmit,
        ],
      ];
    case 'response':
    case 'ack-sent':
    case 'cancel-sent':
      return [state, []];
    default:
      return assertNever(event);
  }
}

function stepServer(state: TransactionState, event: TransactionEvent, terms: TransactionTerms): Step {
  const { phase } = state;
  const open = phase === 'trying' || phase === 'proceeding';
  switch (event.kind) {
    case 'timer':
      return event.timer === 'linger' || (event.timer === 'limit' && open) ? end(state) : [state, []];
    case 'request-again':
      return [state, phase === 'proceeding' || phase === 'completed' ? [{ kind: 'repeat-response' }] : []];
    case 'answer':
      if (!open) return [state, []];
      if (event.of === 'provisional') return [{ ...state, phase: 'proceeding' }, [transmit]];
      return linger(state, 'completed', terms.reliable ? 0 : 64 * terms.t1Ms, [transmit]);
    case 'ack':
    case 'response':
    case 'ack-sent':
    case 'cancel-sent':
      return [state, []];
    default:
      return assertNever(event);
  }
}
