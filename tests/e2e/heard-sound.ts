/**
 * What a person would hear: an ear at the page's way to the speaker, put there from outside before the page begins. Nothing in
 * the product knows of it.
 */
import type { Page } from '@playwright/test';
import { resample } from '../support/speech.ts';
import type { Recording } from '../support/wav-file.ts';

const telephoneRate = 8_000;
const soundCardRate = 48_000;
/** Comparisons are made at a rate at which a telephone's sound, shifted by half a sample, is still the same. */
export const comparedRate = 24_000;
const fullScale = 32_768;

interface Ear {
  /** Resolves with the next samples (48 kHz, one channel) as base64 of 16-bit little endian. */
  listen: (seconds: number) => Promise<string>;
  /** Addresses of what media elements play now. */
  tones: () => string[];
}
declare global {
  interface Window {
    ear: Ear;
  }
}

/** Runs in the page: whatever is connected to a destination is also given to a track that is read sample by sample. */
export function growEar(): void {
  interface TrackReader {
    readable: ReadableStream<AudioData>;
  }
  type TrackProcessor = new (options: { track: MediaStreamTrack; maxBufferSize: number }) => TrackReader;
  const { MediaStreamTrackProcessor } = window as unknown as { MediaStreamTrackProcessor: TrackProcessor };
  // Frames wait here while the page's thread is busy: ten seconds' worth.
  const maxBufferSize = 1_000;
  const listeners = new Set<(samples: Float32Array) => void>();
  const playing = new Set<HTMLMediaElement>();

  const connect = AudioNode.prototype.connect as (this: AudioNode, ...rest: unknown[]) => AudioNode;
  const tapped = new WeakSet<AudioNode>();
  AudioNode.prototype.connect = function (this: AudioNode, ...rest: unknown[]) {
    const result = connect.apply(this, rest);
    if (rest[0] instanceof AudioDestinationNode && !tapped.has(this)) {
      tapped.add(this);
      void tap(this);
    }
    return result;
  } as typeof AudioNode.prototype.connect;

  async function tap(source: AudioNode): Promise<void> {
    const copy = new MediaStreamAudioDestinationNode(source.context as AudioContext, { channelCount: 1 });
    connect.call(source, copy);
    const [track] = copy.stream.getAudioTracks();
    if (track === undefined) return;
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize }).readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const samples = new Float32Array(next.value.numberOfFrames);
      next.value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      next.value.close();
      for (const listener of [...listeners]) listener(samples);
    }
  }

  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
    playing.add(this);
    return play.call(this);
  };

  const base64 = (samples: Int16Array) => {
    let text = '';
    for (const byte of new Uint8Array(samples.buffer)) text += String.fromCharCode(byte);
    return btoa(text);
  };
  window.ear = {
    tones: () => [...playing].filter(({ paused }) => !paused).map(({ src }) => src),
    listen: (seconds) =>
      new Promise((resolve) => {
        const heard = new Int16Array(Math.round(seconds * 48_000));
        let filled = 0;
        const take = (samples: Float32Array) => {
          for (const sample of samples) {
            if (filled < heard.length) heard[filled++] = Math.max(-1, Math.min(1, sample)) * 32_767;
          }
          if (filled < heard.length) return;
          listeners.delete(take);
          resolve(base64(heard));
        };
        listeners.add(take);
      }),
  };
}

/** What is heard from now on, at {@link comparedRate}. Ends only when so much sound has been played. */
export async function hear(page: Page, seconds: number): Promise<Int16Array> {
  const bytes = Buffer.from(await page.evaluate((wanted) => window.ear.listen(wanted), seconds), 'base64');
  const samples = new Int16Array(bytes.length / 2);
  for (let index = 0; index < samples.length; index += 1) samples[index] = bytes.readInt16LE(index * 2);
  return Int16Array.from(resample(samples, soundCardRate, comparedRate), Math.round);
}

/** What is left of a sound at the far end of a telephone line, at {@link comparedRate}. */
export function asTelephoned({ samples, rate }: Recording): Int16Array {
  const narrow = Int16Array.from(resample(samples, rate, telephoneRate), Math.round);
  return Int16Array.from(resample(narrow, telephoneRate, comparedRate), Math.round);
}

/** Mean level in dBFS; −∞ for digital silence. */
export function levelDb(samples: Int16Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return 10 * Math.log10(power / fullScale ** 2);
}
