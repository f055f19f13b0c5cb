/**
 * The phone's sound while it is wanted: microphone → worklet → engine → worklet → speaker.
 *
 *   closed ──open──▶ asking ──microphone, or its error──▶ open ──close──▶ closed
 *
 * Without a microphone the sound still opens: one can hear, and the state says why nobody hears you.
 */
import { makeError, type PhoneError } from '../../contract/errors.ts';
import { frameRate } from '../../contract/audio-frames.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Shell } from '../shell/shell.ts';
import { MicrophoneLine, stopTracks } from './microphone-line.ts';
import { openMicrophone, type MicrophoneResult } from './microphone.ts';
import { noiseCode } from './noise-code.ts';
import { soundWorkletName, type SoundWorkletOrder, type SoundWorkletReport } from './sound-worklet-door.ts';
import type { FellBack, SoundState } from './sound-state.ts';
import { Speaker } from './speaker.ts';
import workletAddress from './sound-worklet.ts?worker&url';

type AudioSettings = Settings['audio'];
/** What the sound needs of a shell. */
export type SoundShell = Pick<Shell, 'openAudio' | 'microphoneAccess'>;
interface OpenSound {
  context: AudioContext;
  node: AudioWorkletNode;
  speaker: Speaker;
  microphone: MicrophoneLine;
}

const openingKeys = [
  'input_device',
  'echo_cancellation',
  'noise_reduction',
  'auto_gain_control',
] as const satisfies (keyof AudioSettings)[];

export class Sound {
  readonly #shell: SoundShell;
  readonly #tell: (state: SoundState) => void;
  #settings: AudioSettings;
  #muted = false;
  #wanted = false;
  #opening: Promise<PhoneError | null> | null = null;
  #open: OpenSound | null = null;
  /** Counts openings, so that what an earlier one still waits for changes nothing. */
  #generation = 0;
  /** Counts questions for the microphone: only the last one's answer counts. */
  #microphoneAsked = 0;
  /** How many ways to the engine have been asked for and have not come yet. */
  #waysAsked = 0;
  #fellBack = new Set<FellBack>();
  #microphoneError: PhoneError | null = null;

  constructor(shell: SoundShell, settings: AudioSettings, tell: (state: SoundState) => void) {
    this.#shell = shell;
    this.#settings = settings;
    this.#tell = tell;
  }

  /** True from the first `open` to `close`, also while it is being opened and when it could not be. */
  get isOpen(): boolean {
    return this.#wanted;
  }

  /** Opens microphone and speaker, once. Resolves to the microphone's error, or null when you can be heard. */
  open(): Promise<PhoneError | null> {
    // Set first: whoever is told of a change below sees it as open.
    this.#wanted = true;
    this.#opening ??= this.#startSafely(++this.#generation);
    return this.#opening;
  }

  close(): void {
    this.#wanted = false;
    this.#generation += 1;
    this.#opening = null;
    this.#closeParts();
    this.#fellBack.clear();
    this.#microphoneError = null;
    this.#tell({ phase: 'closed' });
  }

  /** Takes new settings; devices and processing change while a call goes on. */
  configure(settings: AudioSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    if (this.#open === null) return;
    if (openingKeys.some((key) => before[key] !== settings[key])) void this.#changeMicrophone();
    if (before.output_device !== settings.output_device) void this.#chooseSpeaker();
    if (before.strong_noise_reduction !== settings.strong_noise_reduction) void this.#reduceNoise();
    this.#hearYourself();
  }

  /** Whoever is muted does not hear oneself either, as on a desk phone. */
  mute(muted: boolean): void {
    this.#muted = muted;
    this.#hearYourself();
  }

  /** Asks for the microphone again, after an error or a change of devices. */
  async retryMicrophone(): Promise<PhoneError | null> {
    if (this.#open === null) {
      this.#opening = null;
      return this.open();
    }
    await this.#changeMicrophone();
    return this.#microphoneError;
  }

  /** Devices came or went: a chosen one that is back is used again, one that is gone is left. */
  async devicesChanged(): Promise<void> {
    if (this.#open === null) return;
    if (this.#settings.output_device !== '') await this.#chooseSpeaker();
    if (this.#fellBack.has('microphone') || this.#microphoneError !== null) await this.#changeMicrophone();
  }

  /** A fresh way to the engine: the old one has gone silent, or this page takes the sound from another. */
  async connect(take: boolean): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#waysAsked += 1;
    const port = await this.#shell.openAudio(take).catch(() => null);
    this.#waysAsked -= 1;
    if (open !== this.#open) return port?.close();
    if (port !== null) order(open.node, { kind: 'engine', port });
  }

  /** Another page has the sound now. */
  disconnect(): void {
    if (this.#open !== null) order(this.#open.node, { kind: 'engine', port: null });
  }

  /** A sound that cannot be opened at all counts as a microphone that cannot: the call goes on, and the card says why. */
  async #startSafely(generation: number): Promise<PhoneError | null> {
    // Whoever called `open` holds its promise before anybody is told of a change.
    await Promise.resolve();
    this.#tell({ phase: 'asking' });
    try {
      return await this.#start(generation);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (generation !== this.#generation) return null;
      this.#microphoneError = makeError('microphone.failed', { reason });
      this.#tellOpen();
      return this.#microphoneError;
    }
  }

  async #start(generation: number): Promise<PhoneError | null> {
    const context = new AudioContext({ sampleRate: frameRate, latencyHint: 'interactive' });
    const [result] = await Promise.all([
      this.#askForMicrophone(),
      context.audioWorklet.addModule(workletAddress),
      // Without a gesture yet it stays suspended; the next gesture resumes it.
      Promise.race([context.resume(), pause(500)]),
    ]);
    if (generation !== this.#generation) {
      if (result.ok) stopTracks(result.stream);
      void context.close();
      return null;
    }
    const node = new AudioWorkletNode(context, soundWorkletName, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    const heard = context.createGain();
    node.connect(heard);
    const microphone = new MicrophoneLine(context, node, heard);
    const open: OpenSound = { context, node, speaker: new Speaker(context, heard), microphone };
    this.#open = open;
    node.port.onmessage = ({ data }: MessageEvent<SoundWorkletReport>) => {
      if (data === 'no-noise') this.#noiseFailed();
      else if (this.#waysAsked === 0) void this.connect(false);
    };
    this.#takeMicrophone(open, result);
    this.#hearYourself();
    if (this.#settings.strong_noise_reduction) void this.#reduceNoise();
    await Promise.all([this.#chooseSpeaker(), this.connect(false)]);
    if (generation === this.#generation) this.#tellOpen();
    return this.#microphoneError;
  }

  /** Asks the system first: one that has said no would only be asked in vain. */
  async #askForMicrophone(): Promise<MicrophoneResult> {
    const access = await this.#shell.microphoneAccess().catch(() => 'unknown');
    if (access === 'denied') return { ok: false, error: makeError('microphone.denied') };
    return openMicrophone(this.#settings);
  }

  async #changeMicrophone(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    // The old one speaks on until the new one is there.
    const asked = ++this.#microphoneAsked;
    const result = await this.#askForMicrophone();
    if (open !== this.#open || asked !== this.#microphoneAsked) {
      if (result.ok) stopTracks(result.stream);
      return;
    }
    this.#takeMicrophone(open, result);
    this.#tellOpen();
  }

  #takeMicrophone(open: OpenSound, result: MicrophoneResult): void {
    this.#microphoneError = result.ok ? null : result.error;
    this.#fellBack.delete('microphone');
    if (!result.ok) return open.microphone.drop();
    if (result.fellBack) this.#fellBack.add('microphone');
    open.microphone.take(result.stream, () => void this.#changeMicrophone());
  }

  #hearYourself(): void {
    this.#open?.microphone.hearYourself(this.#muted ? 0 : this.#settings.sidetone_volume);
  }

  /** Brings RNNoise into the worklet, or takes it out. Where it cannot be had the voice stays as it is. */
  async #reduceNoise(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    const code = this.#settings.strong_noise_reduction ? await noiseCode().catch(() => null) : null;
    if (open !== this.#open) return;
    const wanted = this.#settings.strong_noise_reduction;
    this.#fellBack.delete('noise');
    order(open.node, { kind: 'noise', code: wanted ? code : null });
    if (wanted && code === null) this.#noiseFailed();
  }

  #noiseFailed(): void {
    this.#fellBack.add('noise');
    this.#tellOpen();
  }

  async #chooseSpeaker(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    const chosen = await open.speaker.choose(this.#settings.output_device);
    if (open !== this.#open) return;
    const before = this.#fellBack.has('speaker');
    if (chosen) this.#fellBack.delete('speaker');
    else this.#fellBack.add('speaker');
    if (before === chosen) this.#tellOpen();
  }

  #tellOpen(): void {
    this.#tell({ phase: 'open', microphoneError: this.#microphoneError, fellBack: [...this.#fellBack] });
  }

  #closeParts(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    order(open.node, { kind: 'engine', port: null });
    open.microphone.close();
    open.speaker.close();
    void open.context.close();
  }
}

function order(node: AudioWorkletNode, message: SoundWorkletOrder): void {
  const port = message.kind === 'engine' ? message.port : null;
  node.port.postMessage(message, port === null ? [] : [port]);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
