/**
 * A call as a reducer: what the person sees, and what the signalling and the media owe at each step (RFC 3261 §13 to §15).
 *
 *   outgoing                                          incoming
 *   ┌─────────┐ opened  ┌─────────┐ ringing           ┌─────────┐ answer  ┌───────────┐ opened
 *   │ opening │ ──────► │ calling │ ───────┐          │ alerted │ ──────► │ answering │ ───────┐
 *   └─────────┘         └─────────┘        ▼          └─────────┘         └───────────┘        ▼
 *                            │ early  ┌─────────┐                                        ┌──────────┐
 *                            ├──────► │ ringing │                                        │ accepted │
 *                            ▼        └─────────┘                                        └──────────┘
 *                       ┌─────────┐ ◄──────┘ early                                             │ acknowledged
 *                       │  early  │                                                            ▼
 *                       └─────────┘ ─── answered (also from calling, ringing) ──────────► ┌───────────┐
 *                                                                                         │ connected │
 *                                                                                         └───────────┘
 *   calling, ringing, early: a 3xx goes on as another INVITE (redirected ─► calling), or the person is asked first
 *   (asked ─► asking, then redirected ─► calling).
 *
 *   every state: hang-up, refusal, CANCEL, BYE, timeout or a failure ──► ended, with one final effect
 *   that releases the far side (cancel, bye, refuse, deflect) where it still has to be told.
 *
 * The person's call ends at once; the released transaction goes on in the background (call-signalling.ts).
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { CallSnapshot, Party } from '../../contract/snapshot.ts';

export type CallPhase =
  | 'opening'
  | 'calling'
  | 'ringing'
  | 'early'
  | 'asking'
  | 'alerted'
  | 'answering'
  | 'accepted'
  | 'connected'
  | 'ended';

/** Why a call ended, without time and sentence. */
export interface CallOutcome {
  by: 'here' | 'there' | 'network';
  status: number;
  reason: string;
  error: PhoneError | null;
  answeredElsewhere: boolean;
  /** Who took the call over; absent when nobody did. */
  transferredTo?: Party;
}

export interface CallMachineState {
  phase: CallPhase;
  /** How it ended; null until then. */
  outcome: CallOutcome | null;
  /** Somebody has answered. */
  answered: boolean;
}

export type CallEvent =
  /** The media session stands: the offer or answer can be made. */
  | { type: 'opened' }
  /** 180. */
  | { type: 'ringing' }
  /** A provisional answer with a description: the far side may send sound. */
  | { type: 'early' }
  /** A 3xx names other addresses, and the person is asked. */
  | { type: 'asked' }
  /** Another INVITE is due: a 3xx, or the choice of one of its addresses. */
  | { type: 'redirected' }
  /** 2xx to our INVITE. */
  | { type: 'answered' }
  /** ACK to our 2xx. */
  | { type: 'acknowledged' }
  /** The person answers. */
  | { type: 'answer' }
  /** The person ends or turns away the call; `status` is sent where a final response is due. */
  | { type: 'hangup'; status: 480 | 486 | 603 }
  /** The person sends a ringing call elsewhere (302). */
  | { type: 'deflect'; contact: string }
  /** A final refusal of our INVITE, or its transaction's timeout. */
  | { type: 'refused'; outcome: CallOutcome }
  /** CANCEL. */
  | { type: 'cancelled'; answeredElsewhere: boolean }
  /** BYE. */
  | { type: 'bye' }
  /** Somebody else has taken the call over: the person here transferred it, or the far side transferred them. */
  | { type: 'transferred'; by: 'here' | 'there'; to: Party }
  /** Something on this side makes the call impossible; `status` is sent where a final response is due. */
  | { type: 'failed'; error: PhoneError; status: number }
  /** Nobody answered within the limit: there, or here while the caller's CANCEL never came. */
  | { type: 'unanswered'; error: PhoneError };

export type CallEffect =
  | { type: 'invite' }
  | { type: 'open-media' }
  | { type: 'accept' }
  /** The call is on: sound files begin. */
  | { type: 'talk' }
  | { type: 'cancel' }
  | { type: 'bye' }
  | { type: 'refuse'; status: number }
  /** 302 with a Contact. */
  | { type: 'deflect'; contact: string }
  /** The call has ended: free the media, tell the listeners. Always the last effect of a call. */
  | { type: 'end' };

export const outgoingCall: CallMachineState = { phase: 'opening', outcome: null, answered: false };
export const incomingCall: CallMachineState = { phase: 'alerted', outcome: null, answered: false };

/** The contract's word for a phase. */
export function snapshotState(phase: CallPhase): CallSnapshot['state'] {
  switch (phase) {
    case 'opening':
    case 'calling':
    case 'asking':
      return 'calling';
    case 'ringing':
    case 'alerted':
      return 'ringing';
    case 'early':
      return 'early';
    case 'answering':
    case 'accepted':
      return 'connecting';
    case 'connected':
      return 'connected';
    case 'ended':
      return 'ended';
    default:
      return assertNever(phase);
  }
}

/** What tells the far side that the call is over, in each phase. */
function release(phase: CallPhase, status: number): CallEffect[] {
  switch (phase) {
    case 'calling':
    case 'ringing':
    case 'early':
    case 'asking':
      return [{ type: 'cancel' }];
    case 'alerted':
    case 'answering':
      return [{ type: 'refuse', status }];
    case 'accepted':
    case 'connected':
      return [{ type: 'bye' }];
    case 'opening':
    case 'ended':
      return [];
    default:
      return assertNever(phase);
  }
}

const isWaiting = (phase: CallPhase) => phase === 'calling' || phase === 'ringing' || phase === 'early';

type Step = [CallMachineState, CallEffect[]];

function end(state: CallMachineState, outcome: CallOutcome, releases: CallEffect[]): Step {
  return [{ ...state, phase: 'ended', outcome }, [...releases, { type: 'end' }]];
}

const plain = (by: CallOutcome['by'], status: number, reason: string): CallOutcome => ({
  by,
  status,
  reason,
  error: null,
  answeredElsewhere: false,
});

/** The status under which a call ended by the person here goes into its snapshot. */
function hangupOutcome(phase: CallPhase, status: number): CallOutcome {
  if (phase === 'accepted' || phase === 'connected') return plain('here', 200, 'OK');
  if (phase !== 'alerted' && phase !== 'answering') return plain('here', 487, 'Request Terminated');
  const reasons: Record<number, string> = {
    480: 'Temporarily Unavailable',
    486: 'Busy Here',
    603: 'Decline',
  };
  return plain('here', status, reasons[status] ?? '');
}

/** One event's effect on a call. Events that do not fit the phase change nothing: they crossed with another on the wire. */
export function stepCall(state: CallMachineState, event: CallEvent): Step {
  const { phase } = state;
  if (phase === 'ended') return [state, []];
  switch (event.type) {
    case 'opened':
      if (phase === 'opening') return [{ ...state, phase: 'calling' }, [{ type: 'invite' }]];
      if (phase === 'answering')
        return [{ ...state, phase: 'accepted', answered: true }, [{ type: 'accept' }, { type: 'talk' }]];
      return [state, []];
    case 'ringing':
      return phase === 'calling' ? [{ ...state, phase: 'ringing' }, []] : [state, []];
    case 'early':
      return phase === 'calling' || phase === 'ringing' ? [{ ...state, phase: 'early' }, []] : [state, []];
    case 'asked':
      return isWaiting(phase) ? [{ ...state, phase: 'asking' }, []] : [state, []];
    case 'redirected':
      return isWaiting(phase) || phase === 'asking'
        ? [{ ...state, phase: 'calling' }, [{ type: 'invite' }]]
        : [state, []];
    case 'answered':
      return isWaiting(phase)
        ? [{ ...state, phase: 'connected', answered: true }, [{ type: 'talk' }]]
        : [state, []];
    case 'acknowledged':
      return phase === 'accepted' ? [{ ...state, phase: 'connected' }, []] : [state, []];
    case 'answer':
      return phase === 'alerted' ? [{ ...state, phase: 'answering' }, [{ type: 'open-media' }]] : [state, []];
    case 'hangup':
      return end(state, hangupOutcome(phase, event.status), release(phase, event.status));
    case 'deflect': {
      if (phase !== 'alerted') return [state, []];
      return end(state, plain('here', 302, 'Moved Temporarily'), [
        { type: 'deflect', contact: event.contact },
      ]);
    }
    case 'refused':
      // Also when the chosen address turns out to be none.
      return isWaiting(phase) || phase === 'asking' ? end(state, event.outcome, []) : [state, []];
    case 'cancelled': {
      if (phase !== 'alerted' && phase !== 'answering') return [state, []];
      const { answeredElsewhere } = event;
      const outcome = { ...plain('there', 487, 'Request Terminated'), answeredElsewhere };
      return end(state, outcome, [{ type: 'refuse', status: 487 }]);
    }
    case 'bye':
      if (phase === 'accepted' || phase === 'connected') return end(state, plain('there', 200, 'OK'), []);
      return [state, []];
    case 'transferred': {
      if (phase !== 'accepted' && phase !== 'connected') return [state, []];
      const outcome = { ...plain(event.by, 200, 'OK'), transferredTo: event.to };
      return end(state, outcome, release(phase, 200));
    }
    case 'failed': {
      const outcome = { ...plain('network', event.status, ''), error: event.error };
      return end(state, outcome, release(phase, event.status));
    }
    case 'unanswered': {
      if (phase === 'alerted') return end(state, plain('there', 480, 'No Answer'), release(phase, 480));
      if (!isWaiting(phase) && phase !== 'asking') return [state, []];
      const outcome = { ...plain('network', 408, 'Request Timeout'), error: event.error };
      return end(state, outcome, release(phase, 408));
    }
    default:
      return assertNever(event);
  }
}
