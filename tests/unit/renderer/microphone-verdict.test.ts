import { expect, it } from 'vitest';
import { judgeMicrophone, levelOf } from '../../../renderer/audio/microphone-verdict.ts';

/** Three seconds of which a third is spoken at this level (dBFS), over a floor of −70. */
function spokenAt(levelDb: number) {
  const amplitude = (db: number) => 10 ** (db / 20) * Math.SQRT2;
  return Array.from({ length: 150 }, (_, frame) => {
    const size = amplitude(frame % 3 === 0 ? levelDb : -70);
    return levelOf(
      Float32Array.from({ length: 960 }, (_, at) => Math.max(-1, Math.min(1, size * Math.sin(at / 7)))),
    );
  });
}

it.each([
  [-26, 'good'],
  [-40, 'good'],
  [-50, 'too-quiet'],
  [-68, 'silent'],
  [2, 'too-loud'],
] as const)('calls a voice at %i dBFS %s', (levelDb, verdict) => {
  expect(judgeMicrophone(spokenAt(levelDb))).toBe(verdict);
});

it('calls a single clap no fault of the microphone', () => {
  const levels = spokenAt(-26);
  levels[10] = { peak: 1, power: 0.3 };
  expect(judgeMicrophone(levels)).toBe('good');
});

it('calls nothing at all silent', () => {
  expect(judgeMicrophone([])).toBe('silent');
});
