/**
 * THE CONTRACT of the phone: one object, name → kind and schemas. Preload, web binding, command line and tests are all
 * derived from it. Names are `noun.verb`. Requests are validated at the door and answered with an {@link Answer}; events are
 * pushed to every shell that is attached.
 */
import * as z from 'zod';
import type { PhoneError } from './errors.ts';
import { phoneError } from './phone-error.ts';
import { accountSettings, settingsPatch } from './settings.ts';
import { certificateQuestion, mediaStats, phoneSnapshot, presenceState, qualityPoint } from './snapshot.ts';

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
    auth_user: shape.auth_user.unwrap(),
    outbound_proxy: shape.outbound_proxy.unwrap(),
    tls_ca: shape.tls_ca.unwrap(),
    tls_pins: shape.tls_pins.unwrap(),
    anonymous: shape.anonymous.unwrap(),
    voicemail_number: shape.voicemail_number.unwrap(),
    publish_presence: shape.publish_presence.unwrap(),
    forward: shape.forward.unwrap(),
    media_encryption: shape.media_encryption.unwrap(),
    ice: shape.ice.unwrap(),
    ice_trickle: shape.ice_trickle.unwrap(),
    rtcp_mux: shape.rtcp_mux.unwrap(),
  })
  .partial();

/** What a live check found about one field of an account form. */
const fieldCheck = z.object({
  state: z.enum(['good', 'bad', 'unknown']),
  /** One sentence for under the field; empty for `unknown`. */
  sentence: z.string(),
});

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
  /** Holds the call, or the whole conference that it is in: the sound stops both ways. Answered once the far side has agreed. */
  'call.hold': { kind: 'request', in: callId, out: nothing },
  /** Takes the call off hold; whatever else is talking goes on hold first (so this is also the swap). */
  'call.resume': { kind: 'request', in: callId, out: nothing },
  /** Blind transfer: the far side calls `target`, and this call ends once that goes well. Its progress is in the snapshot. */
  'call.transfer': {
    kind: 'request',
    in: callId.extend({ target: z.string().min(1).max(512) }),
    out: nothing,
  },
  /** "Talk first": holds the call and calls `target`; `call.complete-transfer` joins the two. */
  'call.consult': { kind: 'request', in: callId.extend({ target: z.string().min(1).max(512) }), out: callId },
  /** Attended transfer: joins the far sides of two calls (REFER with Replaces) and leaves both. */
  'call.complete-transfer': {
    kind: 'request',
    in: callId.extend({ toCallId: z.string().min(1) }),
    out: nothing,
  },
  /** Mixes calls into one conference on this phone; held ones are resumed. A call that is in one already brings it along. */
  'call.merge': {
    kind: 'request',
    in: z.object({ callIds: z.array(z.string().min(1)).min(2).max(8) }).strict(),
    out: z.object({ conferenceId: z.string() }),
  },
  /** Takes a call out of its conference; it is held. */
  'call.split': { kind: 'request', in: callId, out: nothing },
  /** Answers the question of a 3xx: calls one of its addresses, or ends the call with `target` absent. */
  'call.redirect': { kind: 'request', in: callId.extend({ target: z.string().optional() }), out: nothing },
  /** Sends an incoming call elsewhere before it is answered (302). */
  'call.deflect': {
    kind: 'request',
    in: callId.extend({ target: z.string().min(1).max(512) }),
    out: nothing,
  },
  /** Begins or ends the recording of a call. Refused with `recording.not-allowed` where policy says so. */
  'call.record': { kind: 'request', in: callId.extend({ on: z.boolean() }), out: nothing },
  /** The call's quality over time, oldest first, a point every second (an hour at most); also for calls that ended lately. */
  'call.quality': { kind: 'request', in: callId, out: z.object({ points: z.array(qualityPoint) }) },
  /** Puts the credential of a TURN server of the settings (by its place in the list) into the keychain; empty takes it away. */
  'turn.credential': {
    kind: 'request',
    in: z.object({ index: z.number().int().min(0), credential: z.string().max(512) }).strict(),
    out: nothing,
  },
  /** Tries what sound needs of the network and the system, each as a sentence. May take some seconds. */
  'diagnostics.sound': {
    kind: 'request',
    in: nothing,
    out: z.object({
      checks: z.array(
        z.object({
          id: z.enum(['ports', 'stun', 'turn', 'dscp']),
          /** What was tried: "TURN server turn.example.com". */
          title: z.string(),
          state: z.enum(['good', 'bad', 'unknown']),
          sentence: z.string(),
          cure: z.string(),
        }),
      ),
    }),
  },
  /** Takes the ringing call of a lamp's extension. */
  'lamp.pick-up': {
    kind: 'request',
    in: z.object({ number: z.string().min(1), accountId: z.string().optional() }).strict(),
    out: callId,
  },
  /** Sends a short text; how it went is in the snapshot's `texts`. */
  'text.send': {
    kind: 'request',
    in: z
      .object({
        target: z.string().min(1).max(512),
        text: z.string().min(1).max(4000),
        accountId: z.string().optional(),
      })
      .strict(),
    out: z.object({ id: z.string() }),
  },
  'presence.set': {
    kind: 'request',
    in: z.object({ state: presenceState, note: z.string().max(200).default('') }).strict(),
    out: nothing,
  },
  /** Forwards calls through the PBX's feature codes; an empty `to` ends it. Answered once the PBX has taken it. */
  'account.forward': {
    kind: 'request',
    in: accountId.extend({
      when: z.enum(['always', 'busy', 'unavailable']),
      to: z.string().max(64),
    }),
    out: nothing,
  },
  /** Trusts the certificate that the snapshot asks about, by its fingerprint, for this account. */
  'account.trust': { kind: 'request', in: accountId.extend({ fingerprint: z.string() }), out: nothing },
  /** Proves now whether the PBX reaches this phone; the outcome is in the snapshot's `reachable`. */
  'account.prove': { kind: 'request', in: accountId, out: nothing },
  /**
   * Tries what an account form says, without saving it: looks the server up, asks it, and tries the password. `accountId`: the
   * account that is being changed, whose stored password counts when none is given.
   */
  'account.check': {
    kind: 'request',
    in: z
      .object({ account: accountInput, password: password.optional(), accountId: z.string().optional() })
      .strict(),
    out: z.object({
      server: fieldCheck,
      transport: fieldCheck,
      user: fieldCheck,
      password: fieldCheck,
      certificate: certificateQuestion.nullable(),
    }),
  },
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
    out: z.object({
      callId: z.string(),
      microphoneDb: z.number(),
      speakerDb: z.number(),
      /** Somebody speaks into the microphone, muted or not. */
      speaking: z.boolean(),
      /** The microphone is overdriven. */
      clipping: z.boolean(),
    }),
  },
  /** A key that was sent or received, once it is complete. */
  dtmf: {
    kind: 'event',
    out: z.object({
      callId: z.string(),
      direction: z.enum(['sent', 'received']),
      digit: z.string(),
      method: z.enum(['rfc4733', 'info', 'inband']),
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
export type Answer<T> = { ok: true; value: T } | { ok: false; error: PhoneError };

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
