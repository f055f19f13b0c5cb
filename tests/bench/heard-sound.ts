/** What a phone gave to its speaker or sent back, as one row of samples at 8 kHz with the time of its first one. */
import { readFileSync } from 'node:fs';
import { frameSamples } from '../../contract/audio-frames.ts';
import { muLawDecode } from '../../native-wasm/g711.ts';
import type { ReturnedPacket } from './impairment.ts';

export interface HeardSound {
  /** 16-bit, 8,000 a second. */
  samples: Int16Array;
  /** When a sample was played, monotonic milliseconds. */
  playedAtMs: (sample: number) => number;
}

const frameMs = 20;
const telephoneFrame = 160;
/** 48 kHz to 8 kHz: nothing above 4 kHz is left in what came from a telephone, so every sixth sample says it all. */
const decimation = 6;
const fullScale = 32_767;

/** Reads the file of a sound-card-phone.ts. */
export function readSoundCard(file: string): HeardSound {
  const bytes = readFileSync(file);
  const frames = Math.floor(bytes.length / (8 + 4 * frameSamples));
  const samples = new Int16Array(frames * telephoneFrame);
  const samplesAt = 8 * frames;
  for (let index = 0; index < samples.length; index += 1) {
    const value = bytes.readFloatLE(samplesAt + 4 * decimation * index);
    samples[index] = Math.max(-fullScale, Math.min(fullScale, Math.round(value * fullScale)));
  }
  return {
    samples,
    playedAtMs: (sample) => {
      const frame = Math.min(frames - 1, Math.floor(sample / telephoneFrame));
      return bytes.readDoubleLE(8 * frame) + (sample - frame * telephoneFrame) / 8;
    },
  };
}

/**
 * What a phone that says what it hears sent back. A frame is sent once its 20 ms were captured: it was played that much before its
 * packet came.
 */
export function returnedSound(packets: readonly ReturnedPacket[]): HeardSound {
  const sound = packets.filter(({ payloadType }) => payloadType === 0);
  const first = sound[0]?.timestamp ?? 0;
  const placeOf = ({ timestamp }: ReturnedPacket) => (timestamp - first) | 0;
  const length = sound.reduce((most, packet) => Math.max(most, placeOf(packet) + packet.payload.length), 0);
  const samples = new Int16Array(length);
  const arrivals = new Float64Array(Math.ceil(length / telephoneFrame)).fill(NaN);
  for (const packet of sound) {
    if (placeOf(packet) < 0) continue;
    samples.set(muLawDecode(packet.payload), placeOf(packet));
    arrivals[Math.floor(placeOf(packet) / telephoneFrame)] = packet.arrivalMs;
  }
  return {
    samples,
    playedAtMs: (sample) => {
      const frame = Math.floor(sample / telephoneFrame);
      return (arrivals[frame] ?? NaN) - frameMs + (sample - frame * telephoneFrame) / 8;
    },
  };
}

/** What a phone recorded from the moment on at which it began to send. */
export function recordedSound(samples: Int16Array, firstSentAtMs: number): HeardSound {
  return { samples, playedAtMs: (sample) => firstSentAtMs - frameMs + sample / 8 };
}
