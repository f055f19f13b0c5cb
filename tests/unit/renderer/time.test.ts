import { expect, it } from 'vitest';
import { talkText, timerText, whenText } from '../../../renderer/i18n/time.ts';

it.each([
  [0, '00:00'],
  [-5, '00:00'],
  [59_999, '00:59'],
  [257_000, '04:17'],
  [3_847_000, '1:04:07'],
])('shows %i ms of a call as %s', (elapsedMs, text) => {
  expect(timerText(elapsedMs)).toBe(text);
});

it.each([
  [0, ''],
  [38, '38 s'],
  [240, '4 min'],
  [3600, '1 h'],
  [3900, '1 h 5 min'],
])('says %i seconds of talk as "%s"', (seconds, text) => {
  expect(talkText(seconds)).toBe(text);
});

it('says the time today, then yesterday, then the day', () => {
  const now = new Date(2026, 2, 12, 15, 0).getTime();
  expect(whenText(new Date(2026, 2, 12, 9, 58).getTime(), now)).toBe('09:58');
  expect(whenText(new Date(2026, 2, 11, 23, 59).getTime(), now)).toBe('Yesterday');
  expect(whenText(new Date(2026, 2, 3, 10, 0).getTime(), now)).toBe('3 Mar');
  expect(whenText(new Date(2025, 10, 3, 10, 0).getTime(), now)).toBe('3 Nov 2025');
});
