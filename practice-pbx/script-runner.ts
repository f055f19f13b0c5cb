/**
 * Plays a voice script on one call. It is the call's sound source and sink: its clock is the sound itself, 20 ms a frame,
 * so that it needs no timers, and a test drives it by hand.
 */
import { assertNever } from '../contract/assert-never.ts';
import { MessageRecorder, silenceBelowDb } from './message-recorder.ts';
import { frameMs, frameSamples, levelDb } from './telephone-sound.ts';
import type { Clip, VoiceEffect, VoiceEvent, VoiceScript } from './voice-script.ts';

/** Effects that the call or the mailboxes carry out. */
export type OutsideEffect =
  | Extract<
      VoiceEffect,
      { type: 'delete-greeting' | 'delete-message' | 'save-message' | 'go-to' | 'call-back' | 'hang-up' }
    >
  | {
      type: 'keep-recording';
      as: Extract<VoiceEffect, { type: 'keep-recording' }>['as'];
      samples: Int16Array;
    };

export interface ScriptRunnerOptions {
  script: VoiceScript;
  samples: (clip: Clip) => Int16Array;
  perform: (effect: OutsideEffect) => void;
  /** Wall clock. */
  now: () => number;
}

/** The caller speaks when this much sound in a row is above silence. */
const speechMs = 60;
/**
 * The echo is one frame behind, so that neither end of the call, each with its own timer, ever finds it empty; more than this
 * is held only when one of them was late, and then thrown away.
 */
const echoFrames = { atStart: 2, most: 4 };

export class ScriptRunner {
  readonly #options: ScriptRunnerOptions;
  #script: VoiceScript;
  #saying: Int16Array[] | undefined;
  #saidOfFirst = 0;
  #waitMs: number | undefined;
  #echo: Int16Array[] | undefined;
  #echoFlows = false;
  #listening = false;
  #heardMs = 0;
  #recorder: MessageRecorder | undefined;
  #recording: Int16Array = new Int16Array(0);
  #over = false;

  constructor(options: ScriptRunnerOptions) {
    this.#options = options;
    this.#script = options.script;
  }

  /** The call is connected. */
  answered(): void {
    this.#handle({ type: 'answered', nowMs: this.#options.now() });
  }

  /** The call goes on with another script, from its beginning. */
  switchTo(script: VoiceScript): void {
    this.#script = script;
    this.#saying = undefined;
    this.#waitMs = undefined;
    this.#echo = undefined;
    this.#echoFlows = false;
    this.#listening = false;
    this.#recorder = undefined;
    this.answered();
  }

  pressed(key: string): void {
    this.#waitMs = undefined;
    this.#handle({ type: 'key', key });
  }

  /** The call is over, from either side. Nothing happens after this. Idempotent. */
  hungUp(): void {
    if (this.#over) return;
    if (this.#recorder !== undefined) this.#stopRecording(this.#recorder, 'hung-up');
    this.#handle({ type: 'hung-up' });
    this.#over = true;
  }

  /** The next 20 ms for the caller. */
  read(into: Int16Array): void {
    into.fill(0);
    if (this.#over) return;
    if (this.#saying !== undefined) {
      this.#readSaying(this.#saying, into);
      return;
    }
    const echo = this.#echoFlows ? this.#echo?.shift() : undefined;
    if (echo !== undefined) into.set(echo.subarray(0, into.length));
    if (this.#waitMs === undefined) return;
    this.#waitMs -= frameMs;
    if (this.#waitMs > 0) return;
    this.#waitMs = undefined;
    this.#handle({ type: 'waited' });
  }

  /** The next 20 ms from the caller. */
  write(frame: Int16Array): void {
    if (this.#over) return;
    if (this.#echo !== undefined && this.#saying === undefined) {
      this.#echo.push(frame.slice(0, frameSamples));
      if (this.#echo.length > echoFrames.most) this.#echo.shift();
      if (this.#echo.length >= echoFrames.atStart) this.#echoFlows = true;
    }
    this.#heardMs = levelDb(frame) < silenceBelowDb ? 0 : this.#heardMs + frameMs;
    if (this.#listening && this.#heardMs >= speechMs) {
      this.#listening = false;
      this.#handle({ type: 'speech' });
    }
    const recorder = this.#recorder;
    const because = recorder?.write(frame);
    if (recorder !== undefined && because !== undefined) this.#stopRecording(recorder, because);
  }

  #readSaying(saying: Int16Array[], into: Int16Array): void {
    let filled = 0;
    for (let clip = saying[0]; clip !== undefined && filled < into.length; clip = saying[0]) {
      const piece = clip.subarray(this.#saidOfFirst, this.#saidOfFirst + into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
      this.#saidOfFirst += piece.length;
      if (this.#saidOfFirst < clip.length) break;
      saying.shift();
      this.#saidOfFirst = 0;
    }
    if (saying.length > 0) return;
    this.#hush();
    this.#handle({ type: 'said', nowMs: this.#options.now() });
  }

  #stopRecording(recorder: MessageRecorder, because: 'asked' | 'silence' | 'limit' | 'hung-up'): void {
    this.#recorder = undefined;
    const { samples, durationMs } = recorder.finish();
    this.#recording = samples;
    this.#handle({ type: 'recorded', because, durationMs });
  }

  #hush(): void {
    this.#saying = undefined;
    this.#saidOfFirst = 0;
  }

  #emptyEcho(): void {
    this.#echo = [];
    this.#echoFlows = false;
  }

  #handle(event: VoiceEvent): void {
    if (this.#over) return;
    for (const effect of this.#script.handle(event)) this.#perform(effect);
  }

  #perform(effect: VoiceEffect): void {
    switch (effect.type) {
      case 'say':
        this.#waitMs = undefined;
        this.#saidOfFirst = 0;
        this.#saying = effect.clips.map(this.#options.samples);
        // What was heard before is not echoed after.
        if (this.#echo !== undefined) this.#emptyEcho();
        return;
      case 'hush':
        this.#hush();
        return;
      case 'wait':
        this.#waitMs = effect.durationMs;
        return;
      case 'listen':
        this.#listening = true;
        return;
      case 'echo':
        this.#emptyEcho();
        return;
      case 'record':
        this.#recorder = new MessageRecorder(effect.limitMs, effect.silenceMs);
        return;
      case 'stop-recording':
        if (this.#recorder !== undefined) this.#stopRecording(this.#recorder, 'asked');
        return;
      case 'keep-recording':
        this.#options.perform({ ...effect, samples: this.#recording });
        return;
      case 'delete-greeting':
      case 'delete-message':
      case 'save-message':
      case 'go-to':
      case 'call-back':
      case 'hang-up':
        this.#options.perform(effect);
        return;
      default:
        assertNever(effect);
    }
  }
}
