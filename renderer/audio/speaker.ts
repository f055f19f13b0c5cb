/**
 * Where the worklet's sound comes out. A context that can choose its device does; an older one (before Chromium 110) goes
 * through a media element when another device than the system's own is wanted.
 */
type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> };
type SinkElement = HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };

export class Speaker {
  readonly #context: SinkContext;
  readonly #source: AudioNode;
  #element: HTMLAudioElement | null = null;

  constructor(context: AudioContext, source: AudioNode) {
    this.#context = context;
    this.#source = source;
    source.connect(context.destination);
  }

  /** Plays on the given device, '' is the system's own. Resolves to false when it fell back to the system's own. */
  async choose(deviceId: string): Promise<boolean> {
    this.#leaveElement();
    try {
      if (this.#context.setSinkId !== undefined) await this.#context.setSinkId(deviceId);
      else if (deviceId !== '') await this.#throughElement(deviceId);
      return true;
    } catch {
      this.#leaveElement();
      await this.#context.setSinkId?.('').catch(() => undefined);
      return deviceId === '';
    }
  }

  close(): void {
    this.#leaveElement();
    this.#source.disconnect();
  }

  async #throughElement(deviceId: string): Promise<void> {
    const destination = this.#context.createMediaStreamDestination();
    const element: SinkElement = new Audio();
    element.srcObject = destination.stream;
    await element.setSinkId?.(deviceId);
    this.#source.disconnect();
    this.#source.connect(destination);
    this.#element = element;
    await element.play();
  }

  #leaveElement(): void {
    if (this.#element === null) return;
    this.#element.pause();
    this.#element.srcObject = null;
    this.#element = null;
    this.#source.disconnect();
    this.#source.connect(this.#context.destination);
  }
}
