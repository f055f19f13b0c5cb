/**
 * The door between telephony and sound. `phone.ts` and the calls see only this; behind it one thread owns RTP sockets, codecs,
 * jitter buffers and the audio link (media-thread.ts), so that nothing in SIP or in a window delays a packet. The same
 * implementation also runs in-process for tests.
 */
import type { MediaEncryption, MediaPathInfo, MediaStats } from '../../contract/snapshot.ts';
import type { IceDescription, IceOptions, LocalIce, RemoteIce } from '../nat/ice-description.ts';
import type { Fingerprint } from '../rtp/dtls-terms.ts';
import type { Impairment } from '../rtp/impairment.ts';
import type { Protection } from '../rtp/protection.ts';

/** What a session sends: the shell's microphone, a WAV file (then silence), or silence. */
export type SoundSource = { kind: 'device' } | { kind: 'wav'; path: string } | { kind: 'silence' };
/** Where a session's sound goes: the shell's speaker, a WAV file at the codec's rate, or nowhere. */
export type SoundSink = { kind: 'device' } | { kind: 'wav'; path: string } | { kind: 'none' };

export interface OpenSessionOptions {
  /** Address to bind and to name in SDP. */
  localAddress: string;
  /** Inclusive range; RTP takes an even port, RTCP the next (RFC 3550 §11). */
  portMin: number;
  portMax: number;
  source: SoundSource;
  sink: SoundSink;
  /** Absent: packets go straight between the addresses that SDP names. */
  ice?: IceOptions;
  /** A bad network between the session and its packets, for trying things out. */
  impairment?: Impairment;
}

/** What a session's SDP must say beside codecs. */
export interface LocalMedia {
  /** Where packets are expected: c= and m=, the default candidate under ICE. */
  address: string;
  port: number;
  ice: LocalIce | null;
}

export type AudioCodecName = 'PCMU' | 'PCMA' | 'G722' | 'opus' | 'L16';

export interface AudioCodec {
  name: AudioCodecName;
  /** RTP payload type as negotiated. */
  payloadType: number;
  /** Of RTP timestamps: 8000 also for G.722 (RFC 3551 §4.5.2), 48000 for Opus whatever its sound. */
  clockRate: number;
  /** Samples a second of the sound. */
  sampleRate: number;
  /** Opus, as the far side wants it (RFC 7587 §6.1). */
  opus?: { fec: boolean; dtx: boolean; bitrate: number };
}

/** What a session sees of its packets: counts from the beginning on, and where they come from. */
export interface WireEvidence {
  sent: number;
  /** Of the stream that is followed. */
  received: number;
  /** Of payload types that were not negotiated, and the last of those types. */
  foreign: number;
  foreignPayloadType: number | null;
  /** Could not be decrypted. */
  refused: number;
  /** Where their packets come from; empty while none are followed. */
  sourceAddress: string;
  /** What the far side's reports say of our packets; null while they say nothing. */
  farSideReceives: boolean | null;
}

/** What offer/answer settled on; given again after every re-negotiation. */
export interface MediaParameters {
  remoteAddress: string;
  /** RTP port; RTCP goes to the next one unless `remoteRtcpPort` says otherwise. */
  remotePort: number;
  remoteRtcpPort?: number;
  codec: AudioCodec;
  /** Other codecs that the far side may send at any time (RFC 3264 §6.1). */
  alternatives?: readonly AudioCodec[];
  packetTimeMs: number;
  /** Payload type of telephone-event (RFC 4733), or null when not negotiated. */
  telephoneEventPayloadType: number | null;
  /** Of the keys' durations where it is not the codec's. */
  telephoneEventClockRate?: number;
  /** Payload type of comfort noise (RFC 3389), or null when not negotiated; only with it may sending pause. */
  comfortNoisePayloadType: number | null;
  protection: Protection;
  /** RTP and RTCP share a port (RFC 5761). */
  rtcpMux: boolean;
  /** What the far side takes of extended reports (RFC 3611 §5); nothing when absent. */
  extendedReports?: { voipMetrics: boolean; roundTrip: boolean };
  /** Null where the far side speaks no ICE. */
  ice: RemoteIce | null;
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
}

export type MediaSessionEvent =
  /** A key was sent completely or received completely (once per key). */
  | {
      type: 'digit';
      direction: 'sent' | 'received';
      digit: string;
      durationMs: number;
      method: 'rfc4733' | 'inband';
    }
  /** Once a second. */
  | { type: 'stats'; stats: MediaStats }
  /** Once a second, with the statistics: what tells why nothing is heard. */
  | { type: 'wire'; wire: WireEvidence }
  /** Ten times a second (once without the shell's device), peaks in dBFS since the last event; −127 is silence. */
  | { type: 'levels'; microphoneDb: number; speakerDb: number; speaking: boolean; clipping: boolean }
  /** The way of the sound is found, or another one is. */
  | { type: 'path'; path: MediaPathInfo }
  /** Packets are encrypted from here on. */
  | { type: 'encrypted'; encryption: MediaEncryption }
  /** `local` of the session has changed: candidates were found. */
  | { type: 'candidates'; local: LocalMedia }
  /** The way of the sound has ended; another one is to be found by {@link MediaSession.move} and an exchange of descriptions. */
  | { type: 'path-lost' }
  /** The recording has ended by itself, e.g. the disk is full; the session goes on. */
  | { type: 'recording-failed'; reason: string }
  /** The first RTP packet came. `address`, `port`: where from (symmetric RTP). */
  | { type: 'first-packet'; address: string; port: number }
  /** The session cannot go on, e.g. a sound file failed. */
  | {
      type: 'failed';
      code: 'media.file' | 'media.encryption-failed' | 'media.no-path' | 'internal';
      reason: string;
      /** The one that it was about. */
      file?: string;
    };

export interface MediaSession {
  /** Ours for SDP; changes with {@link move} and as candidates are found. */
  readonly local: LocalMedia;
  /** Candidates of the far side that came after its description (RFC 8838); those of a description that is not known are passed over. */
  addRemoteCandidates(ice: IceDescription): void;
  /**
   * Begins a recording of both sides into a file that is not there yet; ends with {@link stopRecording}, with the session, or with the
   * next one. Rejects with `media.file`.
   */
  record(options: { path: string; tone: boolean }): Promise<void>;
  stopRecording(): Promise<void>;
  /** Starts, or changes what runs. Before the first call nothing is sent; what arrives is dropped. */
  start(parameters: MediaParameters): void;
  /**
   * Moves to another address of this computer, where it has other ports: the network has changed. With ICE, also to the same one: it
   * gathers anew under other credentials (RFC 8445 §9). The stream goes on as it is, and
   * what still comes to the old address is taken for a few seconds. Resolves once `local` names the new place.
   * Rejects with `media.ports-used-up` or `internal`; the session then stays where it is.
   */
  move(localAddress: string): Promise<void>;
  /** Muted sends comfort silence: the stream stays alive. */
  setMuted(muted: boolean): void;
  /**
   * Sets the call aside for another one: it is not heard, and hears comfort silence. Its stream goes on, whether or not the far side
   * has agreed to a hold. In a conference it keeps its place.
   */
  setAside(aside: boolean): void;
  /**
   * Takes the session into a conference, out of one (null), or from one into another. In a conference the shell's microphone and
   * speaker stand in for the session's source; muting any of its sessions mutes the microphone for all.
   */
  join(conference: string | null): void;
  /**
   * For wav source and sink: the call has been answered; play and record begin here. Early media goes to a device sink only.
   * Harmless for devices.
   */
  answered(): void;
  /** Queues keys as telephone-events, one after the other. Only valid with a telephone-event payload type. */
  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void;
  /** Queues keys as tones in the sound (ITU-T Q.23), one after the other, in the microphone's place. */
  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void;
  on(listener: (event: MediaSessionEvent) => void): () => void;
  /** Stops, frees the ports, finishes files, and tells the final statistics. Idempotent (the same promise). */
  close(): Promise<MediaStats>;
}

/** One end of the audio link: binary messages of contract/audio-frames.ts. */
export interface AudioLink {
  send(message: ArrayBuffer): void;
  onMessage(listener: (message: ArrayBuffer) => void): void;
  close(): void;
}

/** Statistics of a session that has carried nothing. */
export const noStats: MediaStats = {
  sent: 0,
  received: 0,
  lost: 0,
  late: 0,
  discarded: 0,
  concealedMs: 0,
  jitterMs: 0,
  rttMs: null,
  bufferMs: 0,
  codec: '',
  timeScaledMs: 0,
  lossPercent: 0,
  delayMs: null,
  mos: null,
  remote: null,
};

export interface MediaEngine {
  /** Rejects with `media.ports-used-up` or `media.file`. */
  openSession(options: OpenSessionOptions): Promise<MediaSession>;
  /**
   * Of our certificate for handshakes beside the sound (DTLS-SRTP): one for all sessions, as one phone, and made when this is first
   * asked, because most calls have none. A session's handshake needs it asked before `start`.
   */
  fingerprint(): Fingerprint;
  /** Linear gains for all device sessions. */
  setVolumes(volumes: { microphone: number; speaker: number }): void;
  /** The shell's audio device; a new link replaces the old one. Sessions with device source or sink use it. */
  attachLink(link: AudioLink): void;
  close(): Promise<void>;
}
