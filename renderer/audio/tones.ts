/** Ring tone and ringback, played from files on the ring device and on the speaker. */
import ringAddress from '../../resources/tones/ring.wav?url';
import ringbackAddress from '../../resources/tones/ringback.wav?url';

export type Tone = 'ring' | 'ringback';
export interface ToneOutput {
  deviceId: string;
  /** 0 to 1. */
  volume: number;
}
type SinkElement = HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };

const addresses: Record<Tone, string> = { ring: ringAddress, ringback: ringbackAddress };

/** Plays one tone at a time, over and over. */
export class Tones {
  #playing: { tone: Tone; element: SinkElement } | null = null;

  /** Starts, changes or (null) stops the tone. A browser that waits for a gesture stays silent; the window shows the call. */
  play(tone: Tone | null, output: ToneOutput): void {
    if (this.#playing?.tone === tone) {
      this.#playing.element.volume = output.volume;
      return;
    }
    this.#playing?.element.pause();
    this.#playing = null;
    if (tone === null) return;
    const element: SinkElement = new Audio(addresses[tone]);
    element.loop = true;
    element.volume = output.volume;
    this.#playing = { tone, element };
    void start(element, output.deviceId);
  }

  close(): void {
    this.#playing?.element.pause();
    this.#playing = null;
  }
}

async function start(element: SinkElement, deviceId: string): Promise<void> {
  // A ring device that is gone must not silence the ring: the system's own one rings then.
  if (deviceId !== '') await element.setSinkId?.(deviceId).catch(() => undefined);
  await element.play().catch(() => undefined);
}
