/**
 * Why nothing is heard, here or there: from what the phone sees of a call's sound, second by second, to at most one cause with its
 * cure. Every cause has to hold for a while before it is told, and to be gone for a while before it is taken back, so that nothing
 * flickers; where several hold, the most useful one is told.
 *
 *               the condition holds         for `tellAfterMs`, and no cause before it is told
 *   unseen ───────────────────────▶ suspected ──────────────────────────────────▶ told
 *      ▲        it does not hold      │  ▲                                          │
 *      └──────────────────────────────┘  └──────── it has not held for `clearAfterMs`
 */
import type { SoundProblem } from '../../contract/snapshot.ts';

export type SoundCause = SoundProblem['cause'];

/** What is known of a call's sound at one moment; counts are since the call began. */
export interface SoundEvidence {
  nowMs: number;
  /** The call stands and has the floor. Without it nothing is judged. */
  talking: boolean;
  /** Somebody should hear us, and we should hear somebody: by SDP, and by whoever holds. */
  sends: boolean;
  expects: boolean;
  /** Who is silent may send nothing: comfort noise or DTX was negotiated. */
  mayPause: boolean;
  hasMicrophone: boolean;
  hasSpeaker: boolean;
  muted: boolean;
  /** Of the last second. Peaks in dBFS, −127 is silence; the speaker's after its volume. */
  speaking: boolean;
  clipping: boolean;
  microphoneDb: number;
  speakerDb: number;
  /** Linear gain. */
  speakerVolume: number;
  sent: number;
  received: number;
  /** Packets in a codec that was not agreed, and the last one's payload type. */
  foreign: number;
  foreignPayloadType: number | null;
  /** Packets that could not be decrypted. */
  refused: number;
  /** Where sound should come from and go to, as SDP names it; empty where ICE finds the way. */
  namedAddress: string;
  /** Packets to there are known to be refused. */
  portRefuses: boolean;
  /** Where our sound leaves from. */
  ownAddress: string;
  /** Where it does come from; empty while none does. */
  sourceAddress: string;
  /** What the far side's reports say of our sound; null where it says nothing. */
  farSideReceives: boolean | null;
}

interface Sighting {
  sinceMs: number;
  lastMs: number;
}

export interface SoundJudgement {
  last: SoundEvidence | null;
  seen: ReadonlyMap<SoundCause, Sighting>;
  told: SoundCause | null;
}

export const nothingWrong: SoundJudgement = { last: null, seen: new Map(), told: null };

/** Below it there is no sound: an open microphone hears at least its own noise. */
const silentDb = -85;

interface Cause {
  cause: SoundCause;
  tellAfterMs: number;
  clearAfterMs: number;
  holds: (now: SoundEvidence, came: Counts) => boolean;
}

/** What has been counted since the evidence before. */
type Counts = Record<'sent' | 'received' | 'foreign' | 'refused', number>;

/** The most useful first: what the person can cure by hand, then what explains something later in the list. */
const causes: readonly Cause[] = [
  {
    cause: 'muted-and-speaking',
    tellAfterMs: 1_000,
    clearAfterMs: 3_000,
    holds: ({ muted, speaking, hasMicrophone }) => hasMicrophone && muted && speaking,
  },
  {
    cause: 'speaker-off',
    tellAfterMs: 2_000,
    clearAfterMs: 0,
    holds: ({ hasSpeaker, speakerVolume, expects }) => hasSpeaker && expects && speakerVolume === 0,
  },
  {
    cause: 'nothing-sent',
    tellAfterMs: 3_000,
    clearAfterMs: 2_000,
    holds: ({ sends, mayPause, speaking }, { sent }) => sends && sent === 0 && (!mayPause || speaking),
  },
  {
    cause: 'wrong-codec',
    tellAfterMs: 2_000,
    clearAfterMs: 2_000,
    holds: ({ expects }, { foreign, received }) => expects && foreign > 0 && received === 0,
  },
  {
    cause: 'nothing-comes',
    tellAfterMs: 4_000,
    clearAfterMs: 1_000,
    holds: ({ expects, mayPause, received: ever }, { received }) =>
      expects && received === 0 && (!mayPause || ever === 0),
  },
  {
    cause: 'comes-from-elsewhere',
    tellAfterMs: 1_000,
    clearAfterMs: 6_000,
    holds: ({ sends, farSideReceives, namedAddress, sourceAddress }) =>
      sends && farSideReceives === false && isElsewhere(namedAddress, sourceAddress),
  },
  {
    cause: 'far-side-hears-nothing',
    tellAfterMs: 1_000,
    clearAfterMs: 6_000,
    holds: ({ sends, farSideReceives }) => sends && farSideReceives === false,
  },
  {
    cause: 'microphone-silent',
    tellAfterMs: 6_000,
    clearAfterMs: 1_000,
    holds: ({ hasMicrophone, muted, sends, microphoneDb }) =>
      hasMicrophone && sends && !muted && microphoneDb < silentDb,
  },
  {
    cause: 'far-side-silent',
    tellAfterMs: 10_000,
    clearAfterMs: 1_000,
    holds: ({ expects, speakerDb, speakerVolume }, { received }) =>
      expects && received > 0 && speakerVolume > 0 && speakerDb < silentDb,
  },
  {
    cause: 'microphone-clipping',
    tellAfterMs: 2_000,
    clearAfterMs: 8_000,
    holds: ({ hasMicrophone, muted, clipping }) => hasMicrophone && !muted && clipping,
  },
];

/** Addresses that mean something in their own network only (RFC 1918, RFC 3927, RFC 6598). */
const privateAddress =
  /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/** A private address, and none of the network that we are in: the first half is another one. */
function isOutOfReach(named: string, own: string): boolean {
  const network = (address: string) => address.split('.', 2).join('.');
  return privateAddress.test(named) && network(named) !== network(own);
}

/** An address that is not the one named, where both are known. */
function isElsewhere(named: string, source: string): boolean {
  return named !== '' && source !== '' && named !== source;
}

/** One step, about once a second. */
export function judgeSound(before: SoundJudgement, now: SoundEvidence): SoundJudgement {
  const { last } = before;
  // Whatever was before a pause says nothing about what comes after it.
  if (!now.talking || last === null || !last.talking) return { ...nothingWrong, last: now };
  const came: Counts = {
    sent: now.sent - last.sent,
    received: now.received - last.received,
    foreign: now.foreign - last.foreign,
    refused: now.refused - last.refused,
  };
  const seen = new Map<SoundCause, Sighting>();
  for (const { cause, clearAfterMs, holds } of causes) {
    const sighting = before.seen.get(cause);
    if (holds(now, came)) seen.set(cause, { sinceMs: sighting?.sinceMs ?? last.nowMs, lastMs: now.nowMs });
    else if (sighting && now.nowMs - sighting.lastMs < clearAfterMs) seen.set(cause, sighting);
  }
  const told = causes.find(({ cause, tellAfterMs }) => {
    const sighting = seen.get(cause);
    if (sighting === undefined) return false;
    return cause === before.told || sighting.lastMs - sighting.sinceMs >= tellAfterMs;
  });
  return { last: now, seen, told: told?.cause ?? null };
}

/** What is told, in words. `remote`: the far side's name or number. */
export function soundProblemOf({ told, last }: SoundJudgement, remote: string): SoundProblem | null {
  if (told === null || last === null) return null;
  return { cause: told, ...words[told](last, remote) };
}

type Words = (evidence: SoundEvidence, remote: string) => { sentence: string; cure: string };

/** The same words for nothing that comes, as far as it is known why. */
function noSoundComes(
  { refused, namedAddress, portRefuses, ownAddress }: SoundEvidence,
  remote: string,
): ReturnType<Words> {
  if (refused > 0) {
    return {
      sentence: `Sound comes from ${remote}, but it cannot be decrypted.`,
      cure: 'Call again; if it comes back, check the media encryption of this extension on the PBX.',
    };
  }
  if (portRefuses) {
    return {
      sentence: `No sound comes from ${remote}: packets to ${namedAddress} are refused.`,
      cure: 'Its port is closed, or a firewall says no: ask whoever runs the PBX to open its ports for sound.',
    };
  }
  if (isOutOfReach(namedAddress, ownAddress)) {
    return {
      sentence: `No sound comes from ${remote}: it names ${namedAddress}, a private address of another network.`,
      cure: 'Ask whoever runs the PBX to set its public address, or switch on ICE for this extension.',
    };
  }
  return {
    sentence: `No sound comes from ${remote}${namedAddress === '' ? '' : ` (${namedAddress})`}.`,
    cure: 'A firewall or a router holds it back: ask whoever runs the network, or switch on ICE for this extension.',
  };
}

const words: Record<SoundCause, Words> = {
  'muted-and-speaking': () => ({
    sentence: 'You are muted and speaking.',
    cure: 'Unmute to be heard.',
  }),
  'speaker-off': () => ({
    sentence: 'The speaker is turned down all the way.',
    cure: 'Turn up its volume.',
  }),
  'nothing-sent': (_evidence, remote) => ({
    sentence: `None of your sound leaves this phone for ${remote}.`,
    cure: 'Call again; if it comes back, send the log to whoever looks after the phone.',
  }),
  'wrong-codec': ({ foreignPayloadType }, remote) => ({
    sentence: `${remote} sends sound in a codec that was not agreed (payload type ${foreignPayloadType ?? '?'}).`,
    cure: 'Ask whoever runs the PBX to allow the same codecs at both ends.',
  }),
  'nothing-comes': noSoundComes,
  'comes-from-elsewhere': ({ namedAddress, sourceAddress }, remote) => ({
    sentence: `${remote} does not hear you: it asks for sound at ${namedAddress}, but its own comes from ${sourceAddress}.`,
    cure: 'Ask whoever runs the PBX to set its public address, or switch on ICE for this extension.',
  }),
  'far-side-hears-nothing': (_evidence, remote) => ({
    sentence: `${remote} does not get your sound.`,
    cure: 'A firewall or a router holds it back: ask whoever runs the network, or switch on ICE for this extension.',
  }),
  'microphone-silent': () => ({
    sentence: 'Your microphone gives no sound at all.',
    cure: 'Look for a mute switch on the headset, or choose another microphone in Settings.',
  }),
  'far-side-silent': (_evidence, remote) => ({
    sentence: `${remote} sends silence.`,
    cure: 'They may be muted, or their microphone may be off: ask them in another way.',
  }),
  'microphone-clipping': () => ({
    sentence: 'Your microphone is overdriven: you sound distorted.',
    cure: 'Turn its volume down, or move it away from your mouth.',
  }),
};
