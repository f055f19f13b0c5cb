/**
 * The order of a DTLS 1.2 handshake as a reducer: what each side says when, and when it says it again (RFC 6347 §4.2.4). It knows
 * messages by their names; what they prove is judged before they come here (dtls-side.ts).
 *
 *   active                                                     passive
 *   ready ─begin─► greeting   ──── ClientHello ──────────────►  client-hello ◄─begin─ ready
 *                     │       ◄─── HelloVerifyRequest ──────    (only phones that ask for a cookie)
 *                  vouched    ──── ClientHello, cookie ─────►
 *        server-certificate   ◄─── ServerHello, Certificate,    client-certificate
 *        server-key                ServerKeyExchange,
 *        server-request            CertificateRequest,
 *        server-done               ServerHelloDone ─────────
 *        server-finished      ──── Certificate, ClientKey- ─►   client-key
 *                                  Exchange, CertificateVerify, client-proof
 *                                  Finished                     client-finished
 *        agreed               ◄─── Finished ────────────────    agreed
 *
 *   A phase is named after the message that it waits for. RFC 6347's PREPARING and SENDING take no time here: a flight is one effect of
 *   the message that it answers. WAITING is each phase between ready and agreed; its flight goes out again after ever longer waits.
 *   FINISHED is agreed: the passive side's last flight has no answer, so that the far side's repeating its own has it sent again.
 *   Whatever fails a running handshake, and `close` wherever it stands ──► over.
 */
import { assertNever } from '../../contract/assert-never.ts';
import { refusal, type Refusal } from './dtls-alert.ts';
import type { MessageName } from './dtls-messages.ts';

export type DtlsRole = 'active' | 'passive';

/** What one side says in one go: RFC 6347's flights 1 and 3, 4, 5, and 6. */
export type Flight = 'hello' | 'server-hello' | 'client-proof' | 'server-finish';

const activePhases = [
  'greeting',
  'vouched',
  'server-certificate',
  'server-key',
  'server-request',
  'server-done',
  'server-finished',
] as const;
const passivePhases = [
  'client-hello',
  'client-certificate',
  'client-key',
  'client-proof',
  'client-finished',
] as const;
type WaitingPhase = (typeof activePhases)[number] | (typeof passivePhases)[number];
export type DtlsPhase = 'ready' | WaitingPhase | 'agreed' | 'over';
export const dtlsPhases: readonly DtlsPhase[] = [
  'ready',
  ...activePhases,
  ...passivePhases,
  'agreed',
  'over',
];

export interface DtlsState {
  role: DtlsRole;
  phase: DtlsPhase;
  /** After how long our flight goes out again; null while none of ours waits for an answer. */
  repeatMs: number | null;
}

export type DtlsEvent =
  | { type: 'begin' }
  /** The next message of the far side is whole, and it proves what it has to where it is one that is waited for. */
  | { type: 'message'; name: MessageName }
  /** The next message makes no sense, or does not prove what it has to. */
  | { type: 'refused'; refusal: Refusal }
  /** What the far side has said before has come again. */
  | { type: 'repeated' }
  /** A fatal alert of the far side. */
  | { type: 'alert'; description: number }
  | { type: 'timer'; timer: DtlsTimer }
  /** The call is over, or another handshake takes this one's place. */
  | { type: 'close' };

/** `flight` has our flight sent again; `patience` is how long the far side has altogether. */
export type DtlsTimer = 'flight' | 'patience';

export type DtlsEffect =
  | { type: 'send'; flight: Flight }
  /** Sends the last flight again. */
  | { type: 'repeat' }
  /** Starts it, or starts it anew. */
  | { type: 'start-timer'; timer: DtlsTimer; delayMs: number }
  | { type: 'stop-timers' }
  | { type: 'send-alert'; description: number }
  /** Both sides are proven: their secrets are good for SRTP. */
  | { type: 'agree' }
  /** There will be no secrets. */
  | { type: 'fail'; reason: string };

const firstWaitMs = 400;
const longestWaitMs = 3_200;
/** The far side may not even have our description when we begin. */
const patienceMs = 30_000;

/** Where a message leads, and what is said to it. */
interface Turn {
  next: DtlsPhase;
  says?: Flight;
}

const turns: Record<WaitingPhase, Partial<Record<MessageName, Turn>>> = {
  greeting: {
    helloVerifyRequest: { next: 'vouched', says: 'hello' },
    serverHello: { next: 'server-certificate' },
  },
  vouched: { serverHello: { next: 'server-certificate' } },
  'server-certificate': { certificate: { next: 'server-key' } },
  'server-key': { serverKeyExchange: { next: 'server-request' } },
  'server-request': {
    certificateRequest: { next: 'server-done' },
    serverHelloDone: { next: 'server-finished', says: 'client-proof' },
  },
  'server-done': { serverHelloDone: { next: 'server-finished', says: 'client-proof' } },
  'server-finished': { finished: { next: 'agreed' } },
  'client-hello': { clientHello: { next: 'client-certificate', says: 'server-hello' } },
  'client-certificate': { certificate: { next: 'client-key' } },
  'client-key': { clientKeyExchange: { next: 'client-proof' } },
  'client-proof': { certificateVerify: { next: 'client-finished' } },
  'client-finished': { finished: { next: 'agreed', says: 'server-finish' } },
};

type Step = [DtlsState, DtlsEffect[]];

/** The handshake of a side that has not begun. */
export const readyHandshake = (role: DtlsRole): DtlsState => ({ role, phase: 'ready', repeatMs: null });

const isWaiting = (phase: DtlsPhase): phase is WaitingPhase => phase in turns;

/** Only what is waited for is worth being read. */
export function isExpected({ phase }: DtlsState, name: MessageName): boolean {
  return isWaiting(phase) && turns[phase][name] !== undefined;
}

const startFlightTimer = (delayMs: number): DtlsEffect => ({ type: 'start-timer', timer: 'flight', delayMs });

function begin({ role }: DtlsState): Step {
  const patience: DtlsEffect = { type: 'start-timer', timer: 'patience', delayMs: patienceMs };
  if (role === 'passive') return [{ role, phase: 'client-hello', repeatMs: null }, [patience]];
  const hello: DtlsEffect[] = [{ type: 'send', flight: 'hello' }, startFlightTimer(firstWaitMs)];
  return [{ role, phase: 'greeting', repeatMs: firstWaitMs }, [patience, ...hello]];
}

function over({ role }: DtlsState, ...effects: DtlsEffect[]): Step {
  return [{ role, phase: 'over', repeatMs: null }, [{ type: 'stop-timers' }, ...effects]];
}

const refuse = (state: DtlsState, { reason, alert }: Refusal): Step =>
  over(state, { type: 'send-alert', description: alert }, { type: 'fail', reason });

function onMessage(state: DtlsState & { phase: WaitingPhase }, name: MessageName): Step {
  const turn = turns[state.phase][name];
  if (turn === undefined)
    return refuse(state, refusal(`the far side sent ${name} out of place`, 'unexpectedMessage'));
  const { next: phase, says } = turn;
  const send: DtlsEffect[] = says === undefined ? [] : [{ type: 'send', flight: says }];
  if (phase === 'agreed')
    return [{ ...state, phase, repeatMs: null }, [{ type: 'stop-timers' }, ...send, { type: 'agree' }]];
  if (says === undefined) return [{ ...state, phase }, []];
  return [{ ...state, phase, repeatMs: firstWaitMs }, [...send, startFlightTimer(firstWaitMs)]];
}

function onTimer(state: DtlsState, timer: DtlsTimer): Step {
  switch (timer) {
    case 'patience':
      return refuse(state, refusal('the far side did not answer'));
    case 'flight': {
      if (state.repeatMs === null) return [state, []];
      const repeatMs = Math.min(2 * state.repeatMs, longestWaitMs);
      return [{ ...state, repeatMs }, [{ type: 'repeat' }, startFlightTimer(repeatMs)]];
    }
    default:
      return assertNever(timer);
  }
}

/** One event's effect on a handshake. Events that do not fit the phase change nothing; a message that does not fit ends it. */
export function stepDtls(state: DtlsState, event: DtlsEvent): Step {
  const { role, phase } = state;
  if (phase === 'over') return [state, []];
  if (event.type === 'close') return over(state);
  if (phase === 'ready') return event.type === 'begin' ? begin(state) : [state, []];
  if (phase === 'agreed')
    return [state, event.type === 'repeated' && role === 'passive' ? [{ type: 'repeat' }] : []];
  switch (event.type) {
    case 'message':
      return onMessage({ ...state, phase }, event.name);
    case 'refused':
      return refuse(state, event.refusal);
    case 'alert':
      return over(state, {
        type: 'fail',
        reason: `the far side refused it (TLS alert ${event.description})`,
      });
    case 'timer':
      return onTimer(state, event.timer);
    case 'begin':
    case 'repeated':
      return [state, []];
    default:
      return assertNever(event);
  }
}
