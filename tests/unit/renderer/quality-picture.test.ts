import { expect, it } from 'vitest';
import type { QualityPoint } from '../../../contract/snapshot.ts';
import { mosShare, mosWord } from '../../../renderer/features/call/mos-word.ts';
import { graphColumns, sinceSound } from '../../../renderer/features/call/quality-columns.ts';

it.each([
  [4.4, 'good'],
  [3.96, 'good'],
  [3.94, 'fair'],
  [3.6, 'fair'],
  [3.5, 'poor'],
  [1, 'poor'],
] as const)('calls an opinion score of %f %s', (mos, word) => {
  expect(mosWord(mos)).toBe(word);
});

it('keeps a score inside its picture', () => {
  expect([0, 1, 4.5, 5].map(mosShare)).toEqual([0, 0, 1, 1]);
});

const second = (at: number, parts: Partial<QualityPoint> = {}): QualityPoint => ({
  at,
  lossPercent: 0,
  jitterMs: 1,
  bufferMs: 40,
  rttMs: null,
  mos: 4.3,
  ...parts,
});

it('loses no dip of an hour in a picture of 120 columns', () => {
  const hour = Array.from({ length: 3_600 }, (_, at) => second(at));
  hour[1_777] = second(1_777, { mos: 1.2, lossPercent: 60 });
  const columns = graphColumns(hour, 120);
  expect(columns).toHaveLength(120);
  expect(Math.min(...columns.map(({ mos }) => mos ?? 5))).toBe(1.2);
  expect(Math.max(...columns.map(({ lossPercent }) => lossPercent))).toBe(60);
});

it('leaves a stretch without any score open', () => {
  expect(graphColumns([second(0, { mos: null }), second(1)], 120).map(({ mos }) => mos)).toEqual([null, 4.3]);
  expect(graphColumns([], 120)).toEqual([]);
});

it('begins with the first sound, and keeps what was silent later', () => {
  const silent = { mos: null };
  expect(sinceSound([silent, silent, second(2), silent])).toEqual([second(2), silent]);
  expect(sinceSound([silent])).toEqual([]);
});
