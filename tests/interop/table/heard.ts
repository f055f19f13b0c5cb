/** Whether a recording holds the speech that was said: content, not level. */
import { longestRow, windowCorrelations } from '../../support/audio-compare.ts';
import type { Recording } from '../../support/wav-file.ts';
import { spoken } from './phones.ts';

/** Correlation of a second of speech with what arrived, from which it counts as the same. */
const sameSound = 0.9;
/** Playout may be moved by so much from one second to the next. */
const slackSeconds = 0.01;

/**
 * Rejects unless so many whole seconds in a row are the speech of the far side.
 * @param last only so many seconds at the end of the recording count; all of it when absent
 * @param least correlation from which a second counts as the same
 */
export async function expectSpeech(
  heard: Recording,
  seconds: number,
  { last = Infinity, least = sameSound } = {},
): Promise<void> {
  const from = Math.max(0, heard.samples.length - last * heard.rate);
  const samples = heard.samples.subarray(from);
  const windows = windowCorrelations((await spoken()).samples, samples, heard.rate, 1, { slackSeconds });
  const longest = longestRow(windows, least);
  if (longest >= seconds) return;
  const found = windows.map(({ correlation }) => correlation.toFixed(2)).join(' ');
  const length = (heard.samples.length / heard.rate).toFixed(1);
  throw new Error(
    `heard ${longest} of ${seconds} s of the speech in ${length} s of sound (${found || 'silence'})`,
  );
}
