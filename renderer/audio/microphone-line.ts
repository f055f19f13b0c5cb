/**
 * What the open microphone is connected to. A new microphone, or the same one with other processing, fades in while the old one
 * fades out: nobody hears a gap.
 *
 *   microphone ──▶ fade ──▶ join ──▶ worklet ──▶ engine
 *                            └──▶ sidetone ──▶ speaker
 */
const fadeSeconds = 0.02;
/** A microphone that was just opened says nothing yet, and its processing has to settle: the old one is heard meanwhile. */
const settlingSeconds = 0.25;

interface OpenMicrophone {
  stream: MediaStream;
  source: MediaStreamAudioSourceNode;
  fade: GainNode;
}

export class MicrophoneLine {
  readonly #context: AudioContext;
  readonly #join: GainNode;
  readonly #sidetone: GainNode;
  #open: OpenMicrophone | null = null;

  /** `engine`: where the voice goes; `speaker`: where one hears oneself. */
  constructor(context: AudioContext, engine: AudioNode, speaker: AudioNode) {
    this.#context = context;
    this.#join = context.createGain();
    this.#sidetone = context.createGain();
    this.#sidetone.gain.value = 0;
    this.#join.connect(engine);
    this.#join.connect(this.#sidetone).connect(speaker);
  }

  /** Speaks through this stream from now on. `onEnded`: its device is gone. */
  take(stream: MediaStream, onEnded: () => void): void {
    const before = this.#open;
    const source = this.#context.createMediaStreamSource(stream);
    const fade = this.#context.createGain();
    const overlap = before?.stream.active === true ? settlingSeconds : 0;
    const at = this.#context.currentTime + overlap;
    fade.gain.value = 0;
    fade.gain.setValueAtTime(0, at);
    fade.gain.linearRampToValueAtTime(1, at + fadeSeconds);
    source.connect(fade).connect(this.#join);
    const open: OpenMicrophone = { stream, source, fade };
    this.#open = open;
    if (before !== null) this.#leave(before, at);
    stream.getAudioTracks()[0]?.addEventListener('ended', () => {
      if (this.#open === open) onEnded();
    });
  }

  /** Closes the microphone; nothing is heard of it any more. */
  drop(): void {
    const before = this.#open;
    this.#open = null;
    if (before !== null) this.#leave(before, this.#context.currentTime);
  }

  /** How loud one hears oneself, linear; 0 is not at all. */
  hearYourself(gain: number): void {
    this.#sidetone.gain.setTargetAtTime(gain, this.#context.currentTime, fadeSeconds);
  }

  close(): void {
    if (this.#open !== null) end(this.#open);
    this.#open = null;
    this.#join.disconnect();
    this.#sidetone.disconnect();
  }

  /** `at`: time of the context at which it begins to fade out. */
  #leave(before: OpenMicrophone, at: number): void {
    const { gain } = before.fade;
    gain.cancelScheduledValues(this.#context.currentTime);
    gain.setValueAtTime(gain.value, at);
    gain.linearRampToValueAtTime(0, at + fadeSeconds);
    const seconds = at - this.#context.currentTime + 2 * fadeSeconds;
    setTimeout(() => end(before), seconds * 1_000);
  }
}

function end({ stream, source, fade }: OpenMicrophone): void {
  source.disconnect();
  fade.disconnect();
  stopTracks(stream);
}

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
