/**
 * What the phone shows of itself: one whole snapshot with a revision. A shell is a view of it and infers nothing.
 * Levels and other things that change many times a second travel in streams of their own (phone.ts, events).
 */
import { z } from 'zod';
import { phoneError } from './errors.ts';
import { settings } from './settings.ts';

/** Milliseconds since 1970 (UTC). */
const instant = z.number();

export const registrationState = z.enum(['off', 'registering', 'registered', 'failed', 'unregistering']);
export type RegistrationState = z.infer<typeof registrationState>;

export const accountSnapshot = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(['practice', 'sip']),
  user: z.string(),
  displayName: z.string(),
  server: z.string(),
  transport: z.string(),
  registration: z.object({
    state: registrationState,
    /** SIP status of the last answer (0 before any). */
    status: z.number(),
    /** The reason in words, "Ready" or the error's sentence. */
    reason: z.string(),
    error: phoneError.nullable(),
    /** When the last REGISTER succeeded. */
    since: instant.nullable(),
    /** When the phone tries again, while failed. */
    retryAt: instant.nullable(),
  }),
  hasPassword: z.boolean(),
});
export type AccountSnapshot = z.infer<typeof accountSnapshot>;

/**
 * calling: INVITE sent, nothing heard · ringing: 180 or an incoming call that rings · early: the far side already sends
 * sound (183) · connecting: answered here, waiting for ACK or media · connected · ended.
 */
export const callState = z.enum(['calling', 'ringing', 'early', 'connecting', 'connected', 'ended']);

export const party = z.object({
  /** Extension or number, the user part of the address. */
  number: z.string(),
  /** Display name; empty when unknown. */
  name: z.string(),
  /** Whole SIP address. */
  uri: z.string(),
});
export type Party = z.infer<typeof party>;

export const callEnd = z.object({
  at: instant,
  /** Who ended it. */
  by: z.enum(['here', 'there', 'network']),
  /** SIP status that ended it (200 for BYE, 487 for a cancelled call, …). */
  status: z.number(),
  /** The SIP reason phrase. */
  reason: z.string(),
  /** One sentence in plain words: "You hung up after 4 min." */
  sentence: z.string(),
  /** Set when the call did not do what was wanted. */
  error: phoneError.nullable(),
  /** True when the call was answered by another phone of the same person (Reason header, RFC 3326). */
  answeredElsewhere: z.boolean(),
});
export type CallEnd = z.infer<typeof callEnd>;

/** What one call's media did, from the answer on; RTCP's terms (RFC 3550 §6.4). */
export const mediaStats = z.object({
  /** RTP packets. */
  sent: z.number(),
  received: z.number(),
  /** Never came. */
  lost: z.number(),
  /** Came after their playout; not counted in lost. */
  late: z.number(),
  concealedMs: z.number(),
  /** Interarrival jitter (RFC 3550 §6.4.1). */
  jitterMs: z.number(),
  /** Round trip by RTCP; null before the first measurement. */
  rttMs: z.number().nullable(),
  /** Current delay of the jitter buffer. */
  bufferMs: z.number(),
  codec: z.string(),
});
export type MediaStats = z.infer<typeof mediaStats>;

export const callSnapshot = z.object({
  id: z.string(),
  accountId: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  state: callState,
  remote: party,
  startedAt: instant,
  answeredAt: instant.nullable(),
  end: callEnd.nullable(),
  /** The microphone is muted for this call. */
  muted: z.boolean(),
  /** Hold, ours and theirs. */
  hold: z.object({ local: z.boolean(), remote: z.boolean() }),
  /** Conference that this call is mixed into; null on its own. */
  conferenceId: z.string().nullable(),
  /** What flows. Video comes with its own entry. */
  media: z.array(
    z.object({
      kind: z.enum(['audio', 'video']),
      codec: z.string(),
      direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']),
      secure: z.boolean(),
    }),
  ),
  /** How keys travel to the far side. */
  dtmfMethod: z.enum(['rfc4733', 'info', 'none']),
  /** Keys pressed in this call, the last 32. */
  digits: z.string(),
});
export type CallSnapshot = z.infer<typeof callSnapshot>;

export const historyEntry = z.object({
  id: z.string(),
  accountId: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  remote: party,
  startedAt: instant,
  answeredAt: instant.nullable(),
  endedAt: instant,
  talkSeconds: z.number(),
  outcome: z.enum(['completed', 'missed', 'failed', 'cancelled', 'rejected', 'elsewhere']),
  sentence: z.string(),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

export const phoneSnapshot = z.object({
  /** Counts up with every change. */
  revision: z.number().int(),
  version: z.string(),
  accounts: z.array(accountSnapshot),
  /** Calls that go on, and ended ones for a few seconds so that a view can say why. Oldest first. */
  calls: z.array(callSnapshot),
  /** Newest first, 200 at most. */
  history: z.array(historyEntry),
  settings: settings,
  /** Where passwords are kept; `session` means until the phone is closed, with the reason. */
  secretStore: z.object({ kind: z.enum(['keychain', 'session']), reason: z.string() }),
  /** A fault of the whole phone, or null. */
  trouble: phoneError.nullable(),
});
export type PhoneSnapshot = z.infer<typeof phoneSnapshot>;
