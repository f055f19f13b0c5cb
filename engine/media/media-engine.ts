/**
 * The door between telephony and sound. `phone.ts` and the calls see only this; behind it one thread owns RTP sockets, codecs,
 * jitter buffers and the audio link (media-thread.ts), so that nothing in SIP or in a window delays a packet. The same
 * implementation also runs in-process for tests.
 */
import type { MediaStats } from '../../contract/snapshot.ts';

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
}

export interface AudioCodec {
  name: 'PCMU' | 'PCMA';
  /** RTP payload type as negotiated. */
  payloadType: number;
  clockRate: number;
}

/** What offer/answer settled on; given again after every re-negotiation. */
export interface MediaParameters {
  remoteAddress: string;
  /** RTP port; RTCP goes to the next one unless `remoteRtcpPort` says otherwise. */
  remotePort: number;
  remoteRtcpPort?: number;
  codec: AudioCodec;
  packetTimeMs: number;
  /** Payload type of telephone-event (RFC 4733), or null when not negotiated. */
  telephoneEventPayloadType: number | null;
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
  /** Ten times a second, peaks in dBFS since the last event; −127 is silence. */
  | { type: 'levels'; microphoneDb: number; speakerDb: number }
  /** The first RTP packet came. `address`, `port`: where from (symmetric RTP). */
  | { type: 'first-packet'; address: string; port: number }
  /** The session cannot go on, e.g. a sound file failed. */
  | { type: 'failed'; code: 'media.file' | 'internal'; reason: string };

export interface MediaSession {
  /** What SDP names; {@link move} changes it. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Starts, or changes what runs. Before the first call nothing is sent; what arrives is dropped. */
  start(parameters: MediaParameters): void;
  /**
   * Moves to another address of this computer, where it has other ports: the network has changed. The stream goes on as it is, and
   * what still comes to the old address is taken for a few seconds. Resolves once `localAddress` and `localPort` are the new ones.
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
  concealedMs: 0,
  jitterMs: 0,
  rttMs: null,
  bufferMs: 0,
  codec: '',
};

export interface MediaEngine {
  /** Rejects with `media.ports-used-up` or `media.file`. */
  openSession(options: OpenSessionOptions): Promise<MediaSession>;
  /** Linear gains for all device sessions. */
  setVolumes(volumes: { microphone: number; speaker: number }): void;
  /** The shell's audio device; a new link replaces the old one. Sessions with device source or sink use it. */
  attachLink(link: AudioLink): void;
  close(): Promise<void>;
}
