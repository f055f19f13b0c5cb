/**
 * "We hear you": listens to the microphone for three seconds the way a call does, says how it is and plays it back. It sits where
 * the engine sits in a call, at the far end of the sound's port, so that one hears what others would.
 *
 *   closed ──start──▶ asking ──sound is open──▶ listening ──3 s──▶ playing ──3 s──▶ judged
 *      ▲                └──no microphone──▶ refused                                    │
 *      └──────────────────────────────────close───────────────────────────────────────┘
 */
import { decodeAudioMessage, encodeAudioMessage, frameSamples } from '../../contract/audio-frames.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Shell } from '../shell/shell.ts';
import {
  decibels,
  judgeMicrophone,
  levelOf,
  type FrameLevel,
  type MicrophoneVerdict,
} from './microphone-verdict.ts';
import { Sound } from './sound.ts';

export type MicrophoneCheckState =
  | { phase: 'closed' | 'asking' }
  | { phase: 'refused'; error: PhoneError }
  /** `levelDb`: peak of the last frame in dBFS. */
  | { phase: 'listening'; levelDb: number }
  | { phase: 'playing'; levelDb: number; verdict: MicrophoneVerdict }
  | { phase: 'judged'; verdict: MicrophoneVerdict };

const listenFrames = 150;
/** What the sound card made before it had settled: not listened to. */
const settlingFrames = 10;

export class MicrophoneCheck {
  readonly #tell: (state: MicrophoneCheckState) => void;
  readonly #sound: Sound;
  #settings: Settings['audio'];
  #port: MessagePort | null = null;
  #settling = settlingFrames;
  #recorded: Float32Array[] = [];
  #levels: FrameLevel[] = [];
  #played = 0;

  constructor(
    shell: Pick<Shell, 'microphoneAccess'>,
    settings: Settings['audio'],
    tell: (state: MicrophoneCheckState) => void,
  ) {
    this.#settings = settings;
    this.#tell = tell;
    const openAudio = () => Promise.resolve(this.#openPort());
    const microphoneAccess = () => shell.microphoneAccess();
    this.#sound = new Sound({ openAudio, microphoneAccess }, settings, () => undefined);
  }

  async start(): Promise<void> {
    this.#tell({ phase: 'asking' });
    const error = await this.#sound.open();
    if (error === null || !this.#sound.isOpen) return;
    this.close();
    this.#tell({ phase: 'refused', error });
  }

  /** Takes new settings: what they do is heard at once. */
  configure(settings: Settings['audio']): void {
    this.#settings = settings;
    this.#sound.configure(settings);
  }

  close(): void {
    this.#port?.close();
    this.#port = null;
    if (this.#sound.isOpen) this.#sound.close();
    this.#tell({ phase: 'closed' });
  }

  #openPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const message = decodeAudioMessage(data);
      if (message?.kind === 'capture') this.#hear(message.samples);
      else if (message?.kind === 'pull') this.#answer(port1, message.sequence);
    };
    return port2;
  }

  #hear(samples: Float32Array): void {
    if (this.#settling > 0) {
      this.#settling -= 1;
      return;
    }
    if (this.#recorded.length === listenFrames) return;
    // As loud as the engine would send it.
    const frame = samples.map((sample) => sample * this.#settings.microphone_volume);
    const level = levelOf(frame);
    this.#recorded.push(frame);
    this.#levels.push(level);
    this.#tell({ phase: 'listening', levelDb: decibels(level.peak * level.peak) });
  }

  #answer(port: MessagePort, sequence: number): void {
    const listened = this.#recorded.length === listenFrames;
    const frame = listened ? this.#recorded[this.#played] : undefined;
    const samples = frame ?? new Float32Array(frameSamples);
    port.postMessage(encodeAudioMessage({ kind: 'playout', sequence, silent: frame === undefined, samples }));
    if (!listened) return;
    const verdict = judgeMicrophone(this.#levels);
    if (frame === undefined) {
      this.close();
      this.#tell({ phase: 'judged', verdict });
      return;
    }
    this.#played += 1;
    const { peak } = levelOf(frame);
    this.#tell({ phase: 'playing', levelDb: decibels(peak * peak), verdict });
  }
}
