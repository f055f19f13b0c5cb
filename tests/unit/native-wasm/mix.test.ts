import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mixFloatInto,
  mixInt16Into,
  mixMinusFloatInto,
  mixMinusInt16Into,
} from '../../../native-wasm/mix.ts';

const parties = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 }))
  .chain(([count, length]) =>
    fc.array(fc.int16Array({ minLength: length, maxLength: length }), { minLength: count, maxLength: count }),
  );

const saturate = (value: number) => Math.max(-32_768, Math.min(32_767, value));
const unity = <T>(frames: readonly T[]) => frames.map((frame) => ({ frame, gain: 1 }));

describe('the mixer', () => {
  it('gives the exact saturated sum of any int16 frames', () => {
    fc.assert(
      fc.property(parties, (frames) => {
        const output = new Int16Array(frames[0]?.length ?? 0);
        mixInt16Into(unity(frames), output);
        const expected = Int16Array.from(output, (_, index) =>
          saturate(frames.reduce((sum, frame) => sum + (frame[index] ?? 0), 0)),
        );
        expect(output).toEqual(expected);
      }),
    );
  });

  it('gives each party the exact saturated sum of all the others', () => {
    fc.assert(
      fc.property(parties, (frames) => {
        const outputs = frames.map((frame) => new Int16Array(frame.length));
        mixMinusInt16Into(unity(frames), outputs);
        for (const [party, output] of outputs.entries()) {
          const others = frames.filter((_, index) => index !== party);
          const expected = Int16Array.from(output, (_, index) =>
            saturate(others.reduce((sum, frame) => sum + (frame[index] ?? 0), 0)),
          );
          expect(output).toEqual(expected);
        }
      }),
    );
  });

  it('saturates the result only, not a sum on the way', () => {
    const loud = new Int16Array(8).fill(30_000);
    const opposite = new Int16Array(8).fill(-30_000);
    const output = new Int16Array(8);
    mixInt16Into(unity([loud, loud, loud, opposite, opposite]), output);
    expect([...output]).toEqual(Array(8).fill(30_000));
    mixInt16Into(unity([loud, loud]), output);
    expect([...output]).toEqual(Array(8).fill(32_767));
  });

  it('weighs each input with its gain', () => {
    const output = new Int16Array(3);
    const inputs = [
      { frame: Int16Array.of(1_000, -1_000, 0), gain: 0.5 },
      { frame: Int16Array.of(10, 20, 30), gain: 2 },
      { frame: Int16Array.of(9, 9, 9), gain: 0 },
    ];
    mixInt16Into(inputs, output);
    expect([...output]).toEqual([520, -460, 60]);
    const outputs = inputs.map(() => new Int16Array(3));
    mixMinusInt16Into(inputs, outputs);
    expect(outputs.map((heard) => [...heard])).toEqual([
      [20, 40, 60],
      [500, -500, 0],
      [520, -460, 60],
    ]);
  });

  it('does the same in float32 within [-1, 1]', () => {
    const inputs = [
      { frame: Float32Array.of(0.25, 0.75, -0.75), gain: 1 },
      { frame: Float32Array.of(0.5, 0.5, -0.5), gain: 1 },
    ];
    const output = new Float32Array(3);
    mixFloatInto(inputs, output);
    expect([...output]).toEqual([0.75, 1, -1]);
    const outputs = inputs.map(() => new Float32Array(3));
    mixMinusFloatInto(inputs, outputs);
    expect(outputs).toEqual([inputs[1]?.frame, inputs[0]?.frame]);
  });

  it('gives silence without inputs, whatever was mixed before', () => {
    mixFloatInto([{ frame: new Float32Array(4).fill(Infinity), gain: 1 }], new Float32Array(4));
    const output = new Float32Array(4).fill(0.5);
    mixFloatInto([], output);
    expect([...output]).toEqual([0, 0, 0, 0]);
    mixMinusInt16Into([], []);
  });

  it('refuses frames of different lengths and a wrong number of outputs', () => {
    const inputs = unity([new Int16Array(160), new Int16Array(80)]);
    expect(() => mixInt16Into(inputs, new Int16Array(160))).toThrow(RangeError);
    expect(() => mixMinusInt16Into(inputs, [new Int16Array(160)])).toThrow(RangeError);
    expect(() => mixMinusInt16Into(inputs, [new Int16Array(160), new Int16Array(160)])).toThrow(RangeError);
  });
});
