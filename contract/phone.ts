/**
 * THE CONTRACT of the phone: one object, name → kind and schemas. Preload, web binding, command line and tests are all
 * derived from it. Names are `noun.verb`. Requests are validated at the door and answered with an {@link Answer}; events are
 * pushed to every shell that is attached.
 */
import { z } from 'zod';
import { phoneError } from './errors.ts';
import { accountSettings, settingsPatch } from './settings.ts';
import { mediaStats, phoneSnapshot } from './snapshot.ts';

const nothing = z.object({}).strict();
const callId = z.object({ callId: z.string().min(1) }).strict();
const accountId = z.object({ accountId: z.string().min(1) }).strict();

/** A password on its way to the keychain. Never part of any answer, event, snapshot or log. */
const password = z.string().min(1).max(256);

const accountInput = accountSettings.omit({ id: true, kind: true, password: true }).strict();

/** Any part of an account. Without the defaults: what a change leaves out stays as it is. */
const { shape } = accountSettings;
const accountChange = accountInput
  .extend({
    enabled: shape.enabled.unwrap(),
    display_name: shape.display_name.unwrap(),
    port: shape.port.unwrap(),
    domain: shape.domain.unwrap(),
    transport: shape.transport.unwrap(),
    ws_uri: shape.ws_uri.unwrap(),
    register_expires: shape.register_expires.unwrap(),
  })
  .partial();

export const requests = {
  'phone.snapshot': { kind: 'request', in: nothing, out: phoneSnapshot },
  /** Calls a number or SIP address from the given account, else from the default one. */
  'call.start': {
    kind: 'request',
    in: z.object({ target: z.string().min(1).max(512), accountId: z.string().optional() }).strict(),
    out: callId,
  },
  'call.answer': { kind: 'request', in: callId, out: nothing },
  /** Turns an incoming call away: `busy` sends 486, `declined` 603. */
  'call.reject': {
    kind: 'request',
    in: callId.extend({ reason: z.enum(['busy', 'declined']).default('declined') }),
    out: nothing,
  },
  /** Ends the call whatever its state: CANCEL, BYE or rejection. */
  'call.hangup': { kind: 'request', in: callId, out: nothing },
  'call.mute': { kind: 'request', in: callId.extend({ muted: z.boolean() }), out: nothing },
  /** Sends keys one after the other; answered once they are queued. */
  'call.digits': { kind: 'request', in: callId.extend({ digits: z.string().min(1).max(64) }), out: nothing },
  /** Adds an account and registers it. `password` goes to the keychain. */
  'account.add': {
    kind: 'request',
    in: z.object({ account: accountInput, password: password.optional() }).strict(),
    out: accountId,
  },
  'account.change': {
    kind: 'request',
    in: z.object({ accountId: z.string(), account: accountChange, password: password.optional() }).strict(),
    out: nothing,
  },
  'account.remove': { kind: 'request', in: accountId, out: nothing },
  /** Registers now, without waiting for the next retry. */
  'account.register': { kind: 'request', in: accountId, out: nothing },
  'account.unregister': { kind: 'request', in: accountId, out: nothing },
  'settings.change': { kind: 'request', in: z.object({ patch: settingsPatch }).strict(), out: nothing },
  'history.clear': { kind: 'request', in: nothing, out: nothing },
} as const;

export const events = {
  /** The whole phone, after every change. */
  snapshot: { kind: 'event', out: phoneSnapshot },
  /** Ten times a second during a call: peak levels in dBFS (−127 is silence) since the last event. */
  levels: {
    kind: 'event',
    out: z.object({ callId: z.string(), microphoneDb: z.number(), speakerDb: z.number() }),
  },
  /** A key that was sent or received, once it is complete. */
  dtmf: {
    kind: 'event',
    out: z.object({
      callId: z.string(),
      direction: z.enum(['sent', 'received']),
      digit: z.string(),
      method: z.enum(['rfc4733', 'info']),
      durationMs: z.number(),
    }),
  },
  /** Once a second during a call, and once more with `final` when it has ended. */
  stats: { kind: 'event', out: z.object({ callId: z.string(), final: z.boolean(), stats: mediaStats }) },
  /** Something the person should read once: an error without a call or an account of its own. */
  notice: { kind: 'event', out: z.object({ error: phoneError }) },
} as const;

export type RequestName = keyof typeof requests;
export type EventName = keyof typeof events;
/** What a caller passes (before defaults). */
export type RequestInput<N extends RequestName> = z.input<(typeof requests)[N]['in']>;
/** What a handler gets (after validation and defaults). */
export type RequestData<N extends RequestName> = z.output<(typeof requests)[N]['in']>;
export type RequestOutput<N extends RequestName> = z.output<(typeof requests)[N]['out']>;
export type EventData<N extends EventName> = z.output<(typeof events)[N]['out']>;

/** Errors travel as data: a request is always answered by one of the two. */
export type Answer<T> = { ok: true; value: T } | { ok: false; error: z.infer<typeof phoneError> };

/** One function per request: what the engine implements. A handler refuses by throwing a PhoneFailure. */
export type PhoneHandlers = {
  [N in RequestName]: (input: RequestData<N>) => Promise<RequestOutput<N>>;
};

/** An event on its way to a shell. */
export type PhoneEvent = { [N in EventName]: { name: N; data: EventData<N> } }[EventName];

/**
 * The phone as a shell sees it, whatever lies between them (IPC, WebSocket, nothing).
 * `request` never rejects: it resolves to an {@link Answer}. `subscribe` returns the function that ends the subscription.
 */
export interface PhoneClient {
  request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<Answer<RequestOutput<N>>>;
  subscribe<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void;
}

/** True for a name that is in the contract: the first check at every door. */
export function isRequestName(name: unknown): name is RequestName {
  return typeof name === 'string' && Object.hasOwn(requests, name);
}
