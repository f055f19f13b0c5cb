/**
 * Where the worklet's sound comes out. A context that can choose its device does; an older one (before Chromium 110) goes
 * through a media element when another device than the system's own is wanted. There the new way plays before the old one is left,
 * so that nobody misses a word.
 */
type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> };
type SinkElement = HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };

/** From the source to a device. */
interface Way {
  leave: () => void;
}

export class Speaker {
  readonly #context: SinkContext;
  readonly #source: AudioNode;
  /** The media element's, where another device than the context's own plays. */
  #detour: Way | null = null;
  /** Counts choices: only the last one's outcome counts. */
  #chosen = 0;

  constructor(context: AudioContext, source: AudioNode) {
    this.#context = context;
    this.#source = source;
    source.connect(context.destination);
  }

  /** Plays on the given device, '' is the system's own. Resolves to false when it fell back to the system's own. */
  async choose(deviceId: string): Promise<boolean> {
    const chosen = ++this.#chosen;
    try {
      if (this.#context.setSinkId !== undefined) await this.#context.setSinkId(deviceId);
      else this.#take(deviceId === '' ? null : await this.#throughElement(deviceId), chosen);
      return true;
    } catch {
      if (chosen !== this.#chosen) return true;
      await this.#context.setSinkId?.('').catch(() => undefined);
      this.#take(null, chosen);
      return deviceId === '';
    }
  }

  close(): void {
    this.#chosen += 1;
    this.#detour?.leave();
    this.#detour = null;
    this.#source.disconnect();
  }

  /** Leaves the way before, unless another device was chosen meanwhile. */
  #take(detour: Way | null, chosen: number): void {
    if (chosen !== this.#chosen) return detour?.leave();
    const before = this.#detour;
    this.#detour = detour;
    if (before === null && detour !== null) this.#source.disconnect(this.#context.destination);
    if (before !== null && detour === null) this.#source.connect(this.#context.destination);
    before?.leave();
  }

  async #throughElement(deviceId: string): Promise<Way> {
    const destination = this.#context.createMediaStreamDestination();
    const element: SinkElement = new Audio();
    const leave = () => {
      this.#source.disconnect(destination);
      element.pause();
      element.srcObject = null;
    };
    element.srcObject = destination.stream;
    await element.setSinkId?.(deviceId);
    this.#source.connect(destination);
    try {
      await element.play();
    } catch (thrown) {
      leave();
      throw thrown;
    }
    return { leave };
  }
}
