import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PromptName, promptTexts } from '../../../practice-pbx/prompt-texts.ts';
import { loadPrompts } from '../../../practice-pbx/prompt-library.ts';
import { spokenCount, spokenExtension, spokenNumber } from '../../../practice-pbx/spoken-number.ts';
import { spokenClock, spokenDay, spokenTimeOfDay } from '../../../practice-pbx/spoken-time.ts';
import { decodeWave } from '../../../practice-pbx/telephone-sound.ts';
import type { Clip } from '../../../practice-pbx/voice-script.ts';

const promptsFolder = join(import.meta.dirname, '../../../resources/prompts');
const inWords = (names: PromptName[]) => names.map((name) => promptTexts.get(name)).join(' ');
const noRecordings = { readMessage: () => undefined, readGreeting: () => undefined };

describe('spoken numbers', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [13, '13'],
    [20, '20'],
    [42, '40 2'],
    [90, '90'],
    [99, '90 9'],
    [100, 'more than 90 9'],
  ])('%i is said as "%s"', (value, words) => {
    expect(inWords(spokenNumber(value))).toBe(words);
  });

  it.each([
    [0, 'no new messages.'],
    [1, '1 new message.'],
    [21, '20 1 new messages.'],
  ])('%i messages are "%s"', (count, words) => {
    expect(inWords(spokenCount(count, 'new-message', 'new-messages'))).toBe(words);
  });

  it('says an extension key by key and passes over what cannot be said', () => {
    expect(inWords(spokenExtension('*10x#d'))).toBe('star 1 0 pound D');
  });
});

describe('spoken times', () => {
  const at = (hours: number, minutes: number) => new Date(2026, 10, 21, hours, minutes, 0);
  it.each([
    [0, 0, "12 o'clock ay em"],
    [0, 5, '12 oh 5 ay em'],
    [9, 59, '9 50 9 ay em'],
    [12, 0, "12 o'clock pea em"],
    [23, 10, '11 10 pea em'],
  ])('%i:%i is said as "%s"', (hours, minutes, words) => {
    expect(inWords(spokenTimeOfDay(at(hours, minutes)))).toBe(words);
  });

  it.each([
    ['a minute after midnight', new Date(2026, 10, 21, 0, 1), 'today'],
    ['a minute before midnight', new Date(2026, 10, 20, 23, 59), 'yesterday'],
    ['two days ago', new Date(2026, 10, 19, 12), 'on Thursday November the 19th'],
    ['last month', new Date(2026, 9, 31, 12), 'on Saturday October the 30 first'],
    ['the twenty-second', new Date(2026, 9, 22, 12), 'on Thursday October the 20 second'],
  ])('%s is told from the day', (_, day, words) => {
    const ordinals = words.replace('19th', 'nineteenth');
    expect(inWords(spokenDay(day, new Date(2026, 10, 21, 12)))).toBe(ordinals);
  });

  it('announces whole minutes as exact, and other seconds by name', () => {
    expect(inWords(spokenClock(new Date(2026, 10, 21, 10, 42, 20)))).toBe(
      'At the tone, it will be 10 40 2 ay em and 20 seconds.',
    );
    expect(inWords(spokenClock(at(10, 42)))).toContain('exactly.');
  });

  it('has a text for every word of every moment', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(2000, 0, 1), max: new Date(2100, 0, 1), noInvalidDate: true }),
        fc.date({ min: new Date(2000, 0, 1), max: new Date(2100, 0, 1), noInvalidDate: true }),
        (one, other) => {
          for (const name of [...spokenClock(one), ...spokenDay(one, other)])
            expect(promptTexts.has(name)).toBe(true);
        },
      ),
    );
  });
});

describe('the recordings', () => {
  it('exist for every text, in the PBX format, audible and not clipped', () => {
    expect(loadPrompts(promptsFolder, noRecordings).missing).toEqual([]);
    for (const name of promptTexts.keys()) {
      const samples = decodeWave(readFileSync(join(promptsFolder, `${name}.wav`))) ?? new Int16Array(0);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      expect(peak, name).toBeGreaterThan(6_000);
      expect(peak, name).toBeLessThan(32_767);
    }
  });

  it('play as long as the library says', () => {
    const library = loadPrompts(promptsFolder, noRecordings);
    const clips: Clip[] = [
      { kind: 'prompt', name: 'goodbye' },
      { kind: 'pause', durationMs: 300 },
      { kind: 'tone', hertz: 1000, durationMs: 200 },
      { kind: 'message', box: '1000', id: 'gone' },
    ];
    const samples = clips.reduce((sum, clip) => sum + library.samples(clip).length, 0);
    expect(library.durationMs(clips)).toBeCloseTo(samples / 8);
    expect(samples).toBeGreaterThan(8 * 500);
  });

  it('may be missing: the library names them and plays nothing', () => {
    const library = loadPrompts(join(promptsFolder, 'nowhere'), noRecordings);
    expect(library.missing).toHaveLength(promptTexts.size);
    expect(library.samples({ kind: 'prompt', name: 'goodbye' })).toHaveLength(0);
  });
});
