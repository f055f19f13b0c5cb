/** A microphone and a speaker that are not there, going by this computer's clock. */
import { decodeAudioMessage, encodeAudioMessage, frameSamples } from '../../contract/audio-frames.ts';
import type { AudioLink, MediaEngine } from '../../engine/media/media-engine.ts';
import { peerClockMs } from '../support/rtp-peer-messages.ts';

const frameMs = 20;

export interface SoundCard {
  close(): void;
}

/** Gives the engine a silent frame and asks it for one, 50 times a second, however late it is woken. */
export function startSoundCard(media: MediaEngine): SoundCard {
  let deliver: (message: ArrayBuffer) => void = () => undefined;
  const link: AudioLink = {
    send: (bytes) => void decodeAudioMessage(bytes),
    onMessage: (listener) => (deliver = listener),
    close: () => undefined,
  };
  media.attachLink(link);
  const startMs = peerClockMs();
  const samples = new Float32Array(frameSamples);
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  const dueMs = () => startMs + sequence * frameMs;
  const tick = () => {
    while (peerClockMs() >= dueMs()) {
      const timeMs = peerClockMs();
      deliver(encodeAudioMessage({ kind: 'capture', sequence, timeMs, samples }));
      deliver(encodeAudioMessage({ kind: 'pull', sequence, timeMs, depthSamples: 0 }));
      sequence += 1;
    }
    timer = setTimeout(tick, Math.max(1, dueMs() - peerClockMs()));
  };
  tick();
  return { close: () => clearTimeout(timer) };
}
