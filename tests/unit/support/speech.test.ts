import { expect, test } from 'vitest';
import { speech } from '../../support/speech.ts';
import { readWav } from '../../support/wav-file.ts';

test('makes speech of the wanted length and rate, loud in most of its seconds, and the same each time', async () => {
  const first = await speech({ seconds: 12, rate: 8000 });
  expect(first.rate).toBe(8000);
  expect(first.samples).toHaveLength(96_000);
  const loudSeconds = Array.from({ length: 12 }, (_, second) =>
    first.samples.subarray(second * 8000, (second + 1) * 8000).some((sample) => Math.abs(sample) > 3000),
  );
  expect(loudSeconds.filter(Boolean).length).toBeGreaterThanOrEqual(11);
  expect(readWav(first.path).samples).toEqual(first.samples);
  expect((await speech({ seconds: 12, rate: 8000 })).samples).toEqual(first.samples);
});
