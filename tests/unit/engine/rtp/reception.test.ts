import { describe, expect, it } from 'vitest';
import { Reception } from '../../../../engine/rtp/reception.ts';

function judged(...sequences: number[]): { reception: Reception; verdicts: string[] } {
  const reception = new Reception(1, sequences[0] ?? 0, 8000);
  return { reception, verdicts: sequences.map((sequence) => reception.judge(sequence)) };
}

describe('a source', () => {
  it('is trusted after two packets in sequence, and both count', () => {
    const { reception, verdicts } = judged(10, 11, 12);
    expect(verdicts).toEqual(['probation', 'valid', 'valid']);
    expect(reception.counts).toEqual({ received: 3, expected: 3, lost: 0 });
  });

  it('stays on probation while nothing follows', () => {
    expect(judged(10, 900, 40, 5).verdicts).toEqual(Array(4).fill('probation'));
  });

  it('counts over the end of 16 bits, losses too', () => {
    const { reception } = judged(65_534, 65_535, 1, 2);
    expect(reception.extendedHighestSequence).toBe(65_538);
    expect(reception.counts).toEqual({ received: 4, expected: 5, lost: 1 });
    expect(judged(65_535, 0, 1).reception.counts).toEqual({ received: 3, expected: 3, lost: 0 });
  });

  it('counts what is out of order or repeated without losing any', () => {
    const { reception, verdicts } = judged(1, 2, 4, 3, 3, 5);
    expect(verdicts.slice(1)).toEqual(Array(5).fill('valid'));
    expect(reception.counts).toEqual({ received: 6, expected: 5, lost: 0 });
  });

  it('suspects a jump, and begins anew when the next packet follows it', () => {
    const { reception, verdicts } = judged(1, 2, 40_000, 3, 50_000, 50_001, 50_002);
    expect(verdicts.slice(2)).toEqual(['suspect', 'valid', 'suspect', 'restarted', 'valid']);
    expect(reception.counts).toEqual({ received: 5, expected: 5, lost: 0 });
  });

  it('reports the fraction lost since the last report, and all losses', () => {
    const reception = new Reception(1, 1, 8000);
    for (const sequence of [1, 2, 3, 5]) reception.judge(sequence);
    expect(reception.takeLosses()).toEqual({ fractionLost: 51, cumulativeLost: 1 });
    for (const sequence of [6, 7, 8]) reception.judge(sequence);
    expect(reception.takeLosses()).toEqual({ fractionLost: 0, cumulativeLost: 1 });
  });

  it('measures jitter as RFC 3550 A.8: a sixteenth of each difference in transit', () => {
    const reception = new Reception(1, 1, 8000);
    reception.noteArrival(0xffff_ffff - 159, 1000);
    reception.noteArrival(0, 1020);
    expect(reception.jitterMs).toBeCloseTo(0, 6);
    reception.noteArrival(160, 1056);
    expect(reception.jitterMs).toBeCloseTo(1, 6);
  });
});
