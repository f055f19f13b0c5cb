import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCall, meanOpinion, transmissionRating } from '../../../../engine/media/e-model.ts';

describe('the E-model', () => {
  it('gives R = 93.2 and MOS = 4.41 with all defaults, as G.107 says of itself', () => {
    expect(transmissionRating()).toBeCloseTo(93.2, 1);
    expect(meanOpinion(transmissionRating())).toBeCloseTo(4.41, 2);
  });

  it.each([
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('turns R = %d into MOS %d (G.107 Annex B, Table B.1)', (rating, opinion) => {
    expect(Math.abs(meanOpinion(rating) - opinion)).toBeLessThan(0.01);
  });

  it('ends its opinions at 1 and 4.5', () => {
    expect([meanOpinion(-20), meanOpinion(0), meanOpinion(3), meanOpinion(120)]).toEqual([1, 1, 1, 4.5]);
  });

  it('does not mind delay up to 100 ms where there is no echo, and takes 3 off at 200 ms', () => {
    const noEcho = (absoluteDelayMs: number) => transmissionRating({ absoluteDelayMs });
    expect(noEcho(100)).toBe(noEcho(0));
    // Idd at X = 1: 25 × (2^(1/6) − 3 × (1 + 3^−6)^(1/6) + 2).
    expect(noEcho(0) - noEcho(200)).toBeCloseTo(3.044, 2);
  });

  it('minds delay that comes with echo', () => {
    const withEcho = (delay: number, talkerEchoLoudness: number) =>
      transmissionRating({
        echoPathDelayMs: delay,
        roundTripDelayMs: 2 * delay,
        absoluteDelayMs: delay,
        talkerEchoLoudness,
      });
    expect(withEcho(100, 65)).toBeGreaterThan(90);
    expect(withEcho(100, 40)).toBeLessThan(60);
  });

  it('rates G.711 without concealment at 1% loss far below G.711 with it (G.113: Bpl 4.3 and 25.1)', () => {
    expect(transmissionRating({ lossPercent: 1, lossRobustness: 4.3 })).toBeCloseTo(93.2 - 95 / 5.3, 1);
    expect(transmissionRating({ lossPercent: 1, lossRobustness: 25.1 })).toBeCloseTo(93.2 - 95 / 26.1, 1);
  });

  it.each([
    ['noise on the line', { circuitNoise: -50 }],
    ['noise in the room', { listenerRoomNoise: 60 }],
    ['quantising', { quantisingUnits: 8 }],
    ['a voice that is too loud', { sendLoudness: -5 }],
    ['a sidetone that is too loud', { sidetoneMasking: 0 }],
  ])('takes %s off', (_what, plan) => {
    expect(transmissionRating(plan)).toBeLessThan(transmissionRating() - 1);
  });
});

describe('the verdict on a call', () => {
  const clean = { lossPercent: 0, burstRatio: 1, delayMs: 60 };

  it('is 4.4 for G.711 without losses', () => {
    expect(judgeCall({ ...clean, codec: 'PCMU' }).listening).toBeCloseTo(4.41, 2);
  });

  it('leaves delay out of listening, and counts it in conversation', () => {
    const far = judgeCall({ ...clean, codec: 'PCMA', delayMs: 400 });
    expect(far.listening).toBeCloseTo(4.41, 2);
    expect(far.conversational).toBeLessThan(3.3);
  });

  it('judges wideband on its own scale: Opus above G.722, both good', () => {
    const [g722, opus] = ['G722', 'opus'].map((codec) => judgeCall({ ...clean, codec }).listening);
    expect(g722).toBeCloseTo(4.34, 1);
    expect(opus).toBeGreaterThan(g722 ?? 5);
  });

  it('takes a codec that it does not know for G.711', () => {
    const [known, unknown] = ['PCMU', 'speex'].map((codec) => judgeCall({ ...clean, codec }));
    expect(unknown).toEqual(known);
  });

  it('never gets better with loss, with bursts or with delay, and stays in its bounds', () => {
    const codec = fc.constantFrom('PCMU', 'G722', 'opus');
    const percent = fc.double({ min: 0, max: 100, noNaN: true });
    const burst = fc.double({ min: 1, max: 20, noNaN: true });
    const delay = fc.double({ min: 0, max: 2000, noNaN: true });
    fc.assert(
      fc.property(codec, percent, burst, delay, (name, lossPercent, burstRatio, delayMs) => {
        const call = { codec: name, lossPercent, burstRatio, delayMs };
        const { listening, conversational } = judgeCall(call);
        expect(listening).toBeGreaterThanOrEqual(1);
        expect(listening).toBeLessThanOrEqual(4.5);
        expect(conversational).toBeLessThanOrEqual(listening + 1e-9);
        const worse = judgeCall({ ...call, lossPercent: lossPercent + 1 });
        expect(worse.listening).toBeLessThanOrEqual(listening + 1e-9);
        const burstier = judgeCall({ ...call, burstRatio: burstRatio + 1 });
        expect(burstier.listening).toBeLessThanOrEqual(listening + 1e-9);
      }),
    );
  });
});
