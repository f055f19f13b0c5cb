/** The recordings of resources/prompts, and every other clip, as samples. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertNever } from '../contract/assert-never.ts';
import { type PromptName, promptTexts } from './prompt-texts.ts';
import { decodeWave, durationOf, samplesOf, sineTone } from './telephone-sound.ts';
import type { Clip } from './voice-script.ts';

export interface PromptLibrary {
  /** Prompts whose recording is missing or in another format. */
  readonly missing: readonly PromptName[];
  /** The samples of a clip; empty when there are none (a missing prompt, a deleted message). */
  samples(clip: Clip): Int16Array;
  /** How long clips take to play, in milliseconds. */
  durationMs(clips: Clip[]): number;
}

/** Where the sound of mailboxes comes from. */
export interface RecordedSound {
  readMessage(box: string, id: string): Int16Array | undefined;
  readGreeting(box: string): Int16Array | undefined;
}

const nothing = new Int16Array(0);

/** Loads all prompts (about 2.5 MB). A folder without them gives a library that plays silence and names what is missing. */
export function loadPrompts(folder: string, recorded: RecordedSound): PromptLibrary {
  const prompts = new Map<PromptName, Int16Array>();
  const missing: PromptName[] = [];
  for (const name of promptTexts.keys()) {
    const samples = readPrompt(join(folder, `${name}.wav`));
    if (samples === undefined) missing.push(name);
    else prompts.set(name, samples);
  }
  const samples = (clip: Clip): Int16Array => {
    switch (clip.kind) {
      case 'prompt':
        return prompts.get(clip.name) ?? nothing;
      case 'tone':
        return sineTone(clip.hertz, clip.durationMs);
      case 'pause':
        return new Int16Array(samplesOf(clip.durationMs));
      case 'message':
        return recorded.readMessage(clip.box, clip.id) ?? nothing;
      case 'greeting':
        return recorded.readGreeting(clip.box) ?? nothing;
      default:
        return assertNever(clip);
    }
  };
  return {
    missing,
    samples,
    durationMs: (clips) => clips.reduce((sum, clip) => sum + durationOf(samples(clip).length), 0),
  };
}

function readPrompt(path: string): Int16Array | undefined {
  try {
    return decodeWave(readFileSync(path));
  } catch {
    return undefined;
  }
}
