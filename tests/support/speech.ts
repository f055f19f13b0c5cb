/**
 * Speech for the tests to send: spoken by espeak-ng where it is installed, else a signal made here that moves like speech.
 * Both are deterministic and do not repeat, so that a delay can be found in them.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mulberry32 } from './prng.ts';
import { cacheFolder } from './project-paths.ts';
import { runCommand } from './run-command.ts';
import { readWav, writeWav, type Recording } from './wav-file.ts';

export interface SpeechOptions {
  seconds: number;
  /** Samples per second. */
  rate: number;
}

/** Peak of the speech: −6 dBFS. */
const peakSample = 16_384;
const wordsPerMinute = 140;

/** A WAV file with speech of exactly this length; made once and cached. */
export async function speech(options: SpeechOptions): Promise<Recording & { path: string }> {
  const { seconds, rate } = options;
  const folder = join(cacheFolder, 'speech');
  const text = spokenText(seconds);
  const key = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const path = join(folder, `speech-${seconds}s-${rate}-${key}.wav`);
  if (existsSync(path)) return { ...readWav(path), path };

  const spoken = await speakWithEspeak(text);
  const voice =
    spoken === undefined
      ? syntheticSpeech(options)
      : resample(spoken.samples, spoken.rate, rate).slice(0, seconds * rate);
  const samples = new Int16Array(Math.round(seconds * rate));
  samples.set(normalised(voice).subarray(0, samples.length));
  if (spoken === undefined) {
    // Not under the cached name: with espeak-ng installed later, speech replaces it.
    const substitute = join(folder, `synthetic-${seconds}s-${rate}.wav`);
    await saveWhole(folder, substitute, { samples, rate });
    return { samples, rate, path: substitute };
  }
  await saveWhole(folder, path, { samples, rate });
  return { samples, rate, path };
}

/** Written aside and renamed, so that a test that runs at the same time never reads half a file. */
async function saveWhole(folder: string, path: string, recording: Recording): Promise<void> {
  await mkdir(folder, { recursive: true });
  const aside = `${path}.${process.pid}.partial`;
  writeWav(aside, recording);
  await rename(aside, path);
}

/** Sentences that never repeat, more than enough for the time. */
function spokenText(seconds: number): string {
  const draw = mulberry32(20_260_101);
  const pick = (words: readonly string[]): string => words[Math.floor(draw() * words.length)] ?? '';
  const people = ['the caller', 'my neighbour', 'an engineer', 'the operator', 'our teacher', 'a visitor'];
  const verbs = ['remembers', 'describes', 'follows', 'measures', 'borrows', 'repairs', 'carries', 'admires'];
  const things = [
    'the river',
    'seven lamps',
    'a yellow door',
    'the timetable',
    'two letters',
    'the old piano',
  ];
  const places = [
    'near the harbour',
    'before breakfast',
    'in the garden',
    'without a map',
    'under the bridge',
  ];
  const sentences: string[] = [];
  const wanted = Math.ceil((seconds * wordsPerMinute) / 60 / 6) + 8;
  for (let index = 0; index < wanted; index += 1) {
    const number = Math.floor(draw() * 900) + 100;
    sentences.push(`${pick(people)} ${pick(verbs)} ${pick(things)} ${pick(places)}, number ${number}.`);
  }
  return sentences.join(' ');
}

async function speakWithEspeak(text: string): Promise<Recording | undefined> {
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, 'espeak-'));
  const wav = join(folder, 'spoken.wav');
  try {
    const run = await runCommand(
      'espeak-ng',
      ['-v', 'en-us', '-s', String(wordsPerMinute), '-w', wav, text],
      {
        timeoutMs: 60_000,
      },
    );
    return run.status === 0 ? readWav(wav) : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Band-limited conversion of the sampling rate (windowed sinc, Hann, 32 zero crossings a side). */
export function resample(samples: Int16Array, fromRate: number, toRate: number): Float64Array {
  const output = new Float64Array(Math.floor((samples.length * toRate) / fromRate));
  const cutoff = Math.min(1, toRate / fromRate) * 0.95;
  const reach = 32 / cutoff;
  for (let index = 0; index < output.length; index += 1) {
    const centre = (index * fromRate) / toRate;
    let sum = 0;
    for (let tap = Math.ceil(centre - reach); tap <= centre + reach; tap += 1) {
      const distance = tap - centre;
      const angle = Math.PI * distance * cutoff;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      const hann = 0.5 + 0.5 * Math.cos((Math.PI * distance) / reach);
      sum += (samples[tap] ?? 0) * sinc * hann * cutoff;
    }
    output[index] = sum;
  }
  return output;
}

/** A row of vowel-like sounds of changing pitch and colour with hisses and short pauses between; no two seconds alike. */
export function syntheticSpeech({ seconds, rate }: SpeechOptions): Float64Array {
  const draw = mulberry32(4733);
  const samples = new Float64Array(Math.round(seconds * rate));
  let at = 0;
  while (at < samples.length) {
    const length = Math.round((0.12 + draw() * 0.2) * rate);
    const voiced = draw() < 0.75;
    const pitchHz = 90 + draw() * 120;
    const glide = 0.85 + draw() * 0.3;
    const formantsHz = [300 + draw() * 600, 900 + draw() * 1400, 2300 + draw() * 900];
    let phase = 0;
    for (let index = 0; index < length && at + index < samples.length; index += 1) {
      const progress = index / length;
      phase += (2 * Math.PI * pitchHz * (1 + (glide - 1) * progress)) / rate;
      const envelope = Math.sin(Math.PI * progress) ** 0.5;
      samples[at + index] =
        envelope * (voiced ? vowel(phase, pitchHz, formantsHz, rate) : 0.3 * (draw() - 0.5));
    }
    at += length + Math.round(draw() * 0.08 * rate);
  }
  return samples;
}

function vowel(phase: number, pitchHz: number, formantsHz: readonly number[], rate: number): number {
  let sum = 0;
  for (let harmonic = 1; harmonic * pitchHz < Math.min(3400, rate / 2.2); harmonic += 1) {
    const hz = harmonic * pitchHz;
    const colour = formantsHz.reduce((gain, formant) => gain + 1 / (1 + ((hz - formant) / 120) ** 2), 0.02);
    sum += (colour * Math.sin(harmonic * phase)) / Math.sqrt(harmonic);
  }
  return sum;
}

function normalised(voice: Float64Array): Int16Array {
  const loudest = voice.reduce((peak, value) => Math.max(peak, Math.abs(value)), 1e-9);
  return Int16Array.from(voice, (value) => Math.round((value / loudest) * peakSample));
}
