/**
 * What the phone shows of itself: one whole snapshot with a revision. A shell is a view of it and infers nothing.
 * Levels and other things that change many times a second travel in streams of their own (phone.ts, events).
 */
import * as z from 'zod';
import { phoneError } from './phone-error.ts';
import { settings } from './settings.ts';

/** Milliseconds since 1970 (UTC). */
const instant = z.number();

export const registrationState = z.enum(['off', 'registering', 'registered', 'failed', 'unregistering']);
export type RegistrationState = z.infer<typeof registrationState>;

export const party = z.object({
  /** Extension or number, the user part of the address. */
  number: z.string(),
  /** Display name; empty when unknown. */
  name: z.string(),
  /** Whole SIP address. */
  uri: z.string(),
});
export type Party = z.infer<typeof party>;

/** A server certificate that nobody vouches for: the person (or IT) decides, by its fingerprint. */
export const certificateQuestion = z.object({
  server: z.string(),
  /** SHA-256, `AB:CD:…`. */
  fingerprint: z.string(),
  subject: z.string(),
  issuer: z.string(),
  validFrom: instant,
  validTo: instant,
  /** Why it is not trusted, in words. */
  reason: z.string(),
});
export type CertificateQuestion = z.infer<typeof certificateQuestion>;

/** Messages waiting in the mailbox (RFC 3842). */
export const mailbox = z.object({
  waiting: z.boolean(),
  /** Voice messages; 0 when the PBX names no numbers. */
  new: z.number().int(),
  old: z.number().int(),
});
export type Mailbox = z.infer<typeof mailbox>;

export const accountSnapshot = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(['practice', 'sip']),
  user: z.string(),
  displayName: z.string(),
  server: z.string(),
  /** As chosen, or as found in DNS. */
  transport: z.string(),
  /** Signalling is encrypted (TLS, WSS). */
  secure: z.boolean(),
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
  /**
   * Whether the PBX reaches this phone now, not whether it once registered: a request of ours that went through the PBX and came
   * back to us, or a request that the PBX sent by itself.
   */
  reachable: z.object({
    state: z.enum(['unknown', 'proven', 'failed']),
    /** The last proof. */
    provenAt: instant.nullable(),
    /** "You can be called", or what is wrong. */
    sentence: z.string(),
  }),
  /** Null until the PBX has said something about it. */
  mailbox: mailbox.nullable(),
  /** Asked while the server's certificate keeps the account offline. */
  certificate: certificateQuestion.nullable(),
});
export type AccountSnapshot = z.infer<typeof accountSnapshot>;

/**
 * calling: INVITE sent, nothing heard · ringing: 180 or an incoming call that rings · early: the far side already sends
 * sound (183) · connecting: answered here, waiting for ACK or media · connected · ended.
 */
export const callState = z.enum(['calling', 'ringing', 'early', 'connecting', 'connected', 'ended']);

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

/** What the far side tells of the sound that it gets from us (RTCP receiver reports, RFC 3611 VoIP metrics). */
const remoteReport = z.object({
  /** Of all packets, since the call began. */
  lostPercent: z.number(),
  jitterMs: z.number(),
  /** Conversational MOS as the far side judges it; null where it does not. */
  mos: z.number().nullable(),
  /** Of all packets too: those that came too late, or too many at once, to be heard; null where it does not tell. */
  discardedPercent: z.number().nullable(),
  /** What its own phone adds to the delay: its buffer and its packets; null where it does not tell. */
  endDelayMs: z.number().nullable(),
});

/** What one call's media did, from the answer on; RTCP's terms (RFC 3550 §6.4). */
export const mediaStats = z.object({
  /** RTP packets. */
  sent: z.number(),
  received: z.number(),
  /** Never came. */
  lost: z.number(),
  /** Came after their playout; not counted in lost. */
  late: z.number(),
  /** Came in time and was thrown away: twice, or more than anybody waits for; in neither of the two. */
  discarded: z.number(),
  concealedMs: z.number(),
  /** Interarrival jitter (RFC 3550 §6.4.1). */
  jitterMs: z.number(),
  /** Round trip by RTCP; null before the first measurement. */
  rttMs: z.number().nullable(),
  /** Current delay of the jitter buffer. */
  bufferMs: z.number(),
  codec: z.string(),
  /** Sound that was stretched or shortened to keep pace. */
  timeScaledMs: z.number(),
  /** Of the last seconds: lost or late packets in hundred. */
  lossPercent: z.number(),
  /** From mouth to ear, one way, as far as it can be known: half the round trip and what both ends' buffers take. Null before. */
  delayMs: z.number().nullable(),
  /** Listening quality of the last seconds by the E-model (ITU-T G.107), 1 to 4.5; null before sound has come. */
  mos: z.number().nullable(),
  /** Null before the first report. */
  remote: remoteReport.nullable(),
});
export type MediaStats = z.infer<typeof mediaStats>;

/** One point of a call's quality over time. */
export const qualityPoint = z.object({
  at: instant,
  lossPercent: z.number(),
  jitterMs: z.number(),
  bufferMs: z.number(),
  rttMs: z.number().nullable(),
  mos: z.number().nullable(),
});
export type QualityPoint = z.infer<typeof qualityPoint>;

/** How a call was, in a line of the call log. */
export const qualitySummary = z.object({
  /** Mean over the call; null when no sound came. */
  mos: z.number().nullable(),
  lossPercent: z.number(),
  jitterMs: z.number(),
  rttMs: z.number().nullable(),
  codec: z.string(),
  secure: z.boolean(),
});

/** The way that the sound takes: as SDP says (`direct`), or the candidate pair that ICE chose. */
export const mediaPath = z.object({
  /** Our end; `relay` goes through a TURN server. */
  local: z.enum(['direct', 'host', 'srflx', 'prflx', 'relay']),
  remote: z.enum(['direct', 'host', 'srflx', 'prflx', 'relay']),
  /** Towards the TURN server for a relayed path, else UDP. */
  protocol: z.enum(['udp', 'tcp', 'tls']),
  localAddress: z.string(),
  remoteAddress: z.string(),
});
export type MediaPathInfo = z.infer<typeof mediaPath>;

/** How sound is encrypted: keys from SDP (RFC 4568) or from a handshake beside the sound (RFC 5763). */
export const mediaEncryption = z.object({
  kind: z.enum(['none', 'sdes', 'dtls']),
  /** SRTP profile, such as AES_CM_128_HMAC_SHA1_80 or AEAD_AES_256_GCM; empty without. */
  suite: z.string(),
});
export type MediaEncryption = z.infer<typeof mediaEncryption>;

/** Why nothing is heard, here or there, while the call stands: found out by the phone, said in one sentence with its cure. */
export const soundProblem = z.object({
  cause: z.enum([
    'muted-and-speaking',
    'microphone-silent',
    'microphone-clipping',
    'nothing-sent',
    'nothing-comes',
    'comes-from-elsewhere',
    'wrong-codec',
    'far-side-silent',
    'far-side-hears-nothing',
    'speaker-off',
  ]),
  sentence: z.string(),
  cure: z.string(),
});
export type SoundProblem = z.infer<typeof soundProblem>;

/** A recording of both sides into a stereo WAV file: left what is said here, right what is said there; in a conference right is everybody else. */
export const callRecording = z.object({
  state: z.enum(['recording', 'failed']),
  file: z.string(),
  since: instant,
});

/** A transfer of this call: we ask the far side to call somebody else, and it tells how that goes (RFC 3515, RFC 5589). */
export const transferProgress = z.object({
  kind: z.enum(['blind', 'attended']),
  to: party,
  state: z.enum(['asking', 'trying', 'ringing', 'done', 'refused']),
  /** "Ringing at Anna…", "Anna is busy; you are still connected." */
  sentence: z.string(),
});
export type TransferProgress = z.infer<typeof transferProgress>;

/** Whoever sent a call on: out of a call (Referred-By, RFC 3892), or before anybody had answered (Diversion, History-Info, a 3xx). */
export const referrer = party.extend({ how: z.enum(['transferred', 'forwarded']) });
export type Referrer = z.infer<typeof referrer>;

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
  hold: z.object({
    local: z.boolean(),
    remote: z.boolean(),
    /** The far side has not yet agreed to what `local` says. */
    pending: z.boolean(),
  }),
  /** Conference that this call is mixed into; null on its own. */
  conferenceId: z.string().nullable(),
  /** What flows. Video comes with its own entry. */
  media: z.array(
    z.object({
      kind: z.enum(['audio', 'video']),
      codec: z.string(),
      direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']),
      secure: z.boolean(),
      /** Samples a second of the sound. */
      sampleRate: z.number(),
      encryption: mediaEncryption,
      /** Null until the way is known. */
      path: mediaPath.nullable(),
    }),
  ),
  /** Null while the sound is well. */
  soundProblem: soundProblem.nullable(),
  recording: callRecording.nullable(),
  /** How keys travel to the far side. */
  dtmfMethod: z.enum(['rfc4733', 'info', 'inband', 'none']),
  /** Keys pressed in this call, the last 32. */
  digits: z.string(),
  transfer: transferProgress.nullable(),
  /** The call that this one was begun for, to talk before a transfer ("talk first"); null otherwise. */
  consultationFor: z.string().nullable(),
  /** Who sent this call here, or sent us there. */
  referredBy: referrer.nullable(),
  /** The far side names other addresses (3xx): the person is asked which to call. Null while there is no question. */
  redirect: z.array(party).nullable(),
  /** Answered by the phone because the PBX asked for it. */
  autoAnswered: z.boolean(),
  /** The network under the call has changed or is gone; the phone is restoring the sound. */
  recovering: z.boolean(),
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
  /** Null for a call without sound, and for those of before the phone wrote it down. */
  quality: qualitySummary.nullable().default(null),
  /** File of its recording; empty without. */
  recording: z.string().default(''),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

/** A lamp: the state of an extension that is watched (dialog-info, RFC 4235; presence, RFC 3863). */
export const lamp = z.object({
  accountId: z.string(),
  number: z.string(),
  label: z.string(),
  /** `unknown` until the PBX has answered, and when it refuses (see `reason`). */
  state: z.enum(['unknown', 'idle', 'ringing', 'busy', 'held']),
  /** Who they talk to or who calls them, where the PBX tells. */
  remote: party.nullable(),
  /** Their ringing call can be taken. */
  canPickUp: z.boolean(),
  presence: z.enum(['unknown', 'available', 'away', 'busy', 'offline']),
  /** Their own words about it. */
  note: z.string(),
  /** Why nothing is known; empty otherwise. */
  reason: z.string(),
});
export type Lamp = z.infer<typeof lamp>;

/** A short text (MESSAGE, RFC 3428). */
export const textMessage = z.object({
  id: z.string(),
  accountId: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  remote: party,
  text: z.string(),
  at: instant,
  /** `received` for incoming ones. */
  state: z.enum(['sending', 'sent', 'failed', 'received']),
  error: phoneError.nullable(),
});
export type TextMessage = z.infer<typeof textMessage>;

/** The computer's network, as far as the phone uses it. */
export const networkState = z.object({
  state: z.enum(['online', 'changing', 'offline']),
  /** Local address that calls use; empty while offline. */
  address: z.string(),
  /** The last change that is over: "Back after 1.4 s." */
  lastChange: z.object({ at: instant, tookMs: z.number(), sentence: z.string() }).nullable(),
});
export type NetworkState = z.infer<typeof networkState>;

export const presenceState = z.enum(['available', 'away', 'busy', 'offline']);
export type PresenceState = z.infer<typeof presenceState>;

export const phoneSnapshot = z.object({
  /** Counts up with every change. */
  revision: z.number().int(),
  version: z.string(),
  accounts: z.array(accountSnapshot),
  /** Calls that go on, and ended ones for a few seconds so that a view can say why. Oldest first. */
  calls: z.array(callSnapshot),
  /** Newest first, 200 at most. */
  history: z.array(historyEntry),
  lamps: z.array(lamp),
  /** Newest first, 200 at most. */
  texts: z.array(textMessage),
  network: networkState,
  /** What this person tells others. */
  presence: z.object({ state: presenceState, note: z.string() }),
  settings: settings,
  /** Where passwords are kept; `session` means until the phone is closed, with the reason. */
  secretStore: z.object({ kind: z.enum(['keychain', 'session']), reason: z.string() }),
  /** A fault of the whole phone, or null. */
  trouble: phoneError.nullable(),
});
export type PhoneSnapshot = z.infer<typeof phoneSnapshot>;
