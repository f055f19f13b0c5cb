import { describe, expect, it } from 'vitest';
import { SilenceSuppression, type SlotContent } from '../../../../engine/media/silence-suppression.ts';
import { mulberry32 } from '../../../support/prng.ts';

const draw = mulberry32(21);
const hiss = (amplitude: number): Int16Array =>
  Int16Array.from({ length: 160 }, () => amplitude * (2 * draw() - 1));

function slots(
  suppression: SilenceSuppression,
  count: number,
  amplitude: number,
  isSpeech = false,
): SlotContent[] {
  return Array.from({ length: count }, () => suppression.next(hiss(amplitude), 20, isSpeech));
}

const kinds = (contents: readonly SlotContent[]): string[] => contents.map(({ kind }) => kind);

/** Past the beginning of the call, while somebody speaks. */
function speaking(): SilenceSuppression {
  const suppression = new SilenceSuppression();
  slots(suppression, 100, 5000, true);
  return suppression;
}

describe('silence suppression', () => {
  it('sends sound for the first two seconds, whatever it is', () => {
    const contents = kinds(slots(new SilenceSuppression(), 101, 10));
    expect(contents.slice(0, 100).every((kind) => kind === 'sound')).toBe(true);
    expect(contents[100]).toBe('noise');
  });

  it('sends all speech', () => {
    expect(kinds(slots(speaking(), 50, 5000, true)).every((kind) => kind === 'sound')).toBe(true);
  });

  it('describes the noise at once when speech ends, and twice a second while it lasts', () => {
    const contents = kinds(slots(speaking(), 100, 100));
    expect(contents[0]).toBe('noise');
    expect(contents.filter((kind) => kind === 'noise')).toHaveLength(4);
    expect(contents.filter((kind) => kind === 'nothing')).toHaveLength(96);
  });

  it('tells how loud the noise is', () => {
    const [first] = slots(speaking(), 1, 100);
    const expected = 20 * Math.log10(100 / Math.sqrt(3) / 32_768);
    expect(first?.kind === 'noise' && Math.abs(first.noise.levelDbov - expected)).toBeLessThan(1);
  });

  it('describes noise anew that has become louder', () => {
    const suppression = speaking();
    slots(suppression, 10, 30);
    expect(kinds(slots(suppression, 10, 400))).toContain('noise');
  });

  it('goes back to sound with the first slot of speech, and describes the next pause at once', () => {
    const suppression = speaking();
    slots(suppression, 10, 100);
    expect(kinds(slots(suppression, 3, 5000, true))).toEqual(['sound', 'sound', 'sound']);
    expect(kinds(slots(suppression, 2, 100))).toEqual(['noise', 'nothing']);
  });

  it.each([350, 1000, 2100])('sends a steady tone of %i Hz, which is neither speech nor noise', (hz) => {
    const suppression = speaking();
    for (let slot = 0; slot < 100; slot += 1) {
      const tone = Int16Array.from(
        { length: 160 },
        (_, index) => 3000 * Math.sin((2 * Math.PI * hz * (160 * slot + index)) / 8000) + 30 * draw(),
      );
      expect(suppression.next(tone, 20, false).kind).toBe('sound');
    }
  });

  it('does not take the deep noise of a room for a tone', () => {
    const suppression = speaking();
    let last = 0;
    const room = Array.from({ length: 50 }, () =>
      Int16Array.from({ length: 160 }, () => (last = 0.95 * last + 100 * (2 * draw() - 1))),
    );
    expect(room.map((samples) => suppression.next(samples, 20, false).kind)).not.toContain('sound');
  });
});
