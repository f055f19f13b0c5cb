import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { muLawDecodeInto, muLawEncodeInto } from '../../../../native-wasm/g711.ts';
import { conversationDelay, Playout, recordingDelay } from '../../../../engine/media/playout.ts';
import { codecOf } from '../../../../engine/media/codec.ts';
import type { AudioCodec } from '../../../../engine/media/media-engine.ts';
import { windowCorrelations } from '../../../support/audio-compare.ts';
import {
  jitteryNetwork,
  lossyNetwork,
  quietNetwork,
  simulatePlayout,
  stallingNetwork,
} from '../../../support/playout-simulation.ts';
import { syntheticSpeech } from '../../../support/speech.ts';

const rate = 8000;
const speech = Int16Array.from(syntheticSpeech({ seconds: 30, rate }), (sample) => Math.round(8000 * sample));
const seeds = [1, 2, 3, 4, 5];
const most = (values: readonly number[]): number => Math.max(...values);
const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** What arrives of the speech: with G.711's rounding. */
const said = decoded(speech);

function decoded(samples: Int16Array): Int16Array {
  const codes = new Uint8Array(samples.length);
  muLawEncodeInto(samples, codes);
  const rounded = new Int16Array(samples.length);
  muLawDecodeInto(codes, rounded);
  return rounded;
}

/** True where a packet's sound is unlike any other's. */
const isDistinct = (packet: number): boolean =>
  said.subarray(160 * packet, 160 * packet + 160).filter((sample) => Math.abs(sample) > 100).length > 80;

/** Where a packet was heard, sample for sample, within a quarter of a second after it was said; null where it was changed. */
function placeOf(heard: Int16Array, packet: number): number | null {
  const from = 160 * packet;
  for (let place = from; place < from + rate / 4; place += 1) {
    let alike = 0;
    while (alike < 160 && heard[place + alike] === said[from + alike]) alike += 1;
    if (alike === 160) return place;
  }
  return null;
}

describe('playout', () => {
  it('plays speech sample for sample and at most a packet later than a quiet network allows', () => {
    for (const seed of seeds) {
      const { heard, delaysMs, concealedMs } = simulatePlayout({
        seed,
        seconds: 20,
        network: quietNetwork,
        speech,
      });
      expect(concealedMs).toBe(0);
      expect(most(delaysMs.slice(4))).toBeLessThan(10 + 7 + 25);
      const first = placeOf(heard, 200) ?? 0;
      expect(heard.subarray(first, 19 * rate)).toEqual(
        said.subarray(200 * 160, 200 * 160 + 19 * rate - first),
      );
    }
  });

  it('loses nothing to jitter of ±30 ms with reordering after two seconds, and is heard within 106 ms', () => {
    for (const seed of seeds) {
      const { delaysMs, late, concealedMs } = simulatePlayout({
        seed,
        seconds: 60,
        network: jitteryNetwork(30),
        speech,
      });
      expect(sum(late.slice(2))).toBe(0);
      expect(concealedMs).toBeLessThanOrEqual(60);
      expect(most(delaysMs.slice(2))).toBeLessThan(106);
    }
  });

  it('keeps the time base over lost packets', () => {
    let [judged, kept] = [0, 0];
    for (const seed of seeds) {
      const { heard, lostPackets } = simulatePlayout({
        seed,
        seconds: 30,
        network: lossyNetwork(0.05),
        speech,
      });
      for (const lost of lostPackets) {
        const isIsolated = [-4, -3, -2, -1, 1, 2, 3, 4].every((near) => !lostPackets.has(lost + near));
        if (!isIsolated || lost < 100 || lost > 1480 || !isDistinct(lost - 1) || !isDistinct(lost + 2))
          continue;
        const [before, after] = [placeOf(heard, lost - 1), placeOf(heard, lost + 2)];
        judged += 1;
        if (before !== null && after !== null && after - before === 3 * 160) kept += 1;
      }
    }
    expect(judged).toBeGreaterThan(100);
    expect(kept / judged).toBeGreaterThanOrEqual(0.99);
  });

  it('plays what a stall held up, and has caught up ten seconds later', () => {
    const network = stallingNetwork(200, 15_000);
    const { delaysMs, late, concealedMs } = simulatePlayout({ seed: 1, seconds: 29, network, speech });
    expect(sum(late)).toBe(0);
    expect(delaysMs[16]).toBeGreaterThan(100);
    expect(concealedMs).toBeLessThan(250);
    expect(most(delaysMs.slice(27))).toBeLessThan(45);
  });

  it('covers bursts of 100 ms, as Wi-Fi makes them, once it has seen a few', () => {
    const early = simulatePlayout({ seed: 1, seconds: 3, network: stallingNetwork(100, 1000), speech });
    const { late, concealedMs, delaysMs } = simulatePlayout({
      seed: 1,
      seconds: 60,
      network: stallingNetwork(100, 1000),
      speech,
    });
    expect(sum(late)).toBe(0);
    expect(concealedMs).toBe(early.concealedMs);
    expect(most(delaysMs)).toBeLessThan(145);
  });

  it('is pulled in bursts without a hole', () => {
    const { concealedMs, late } = simulatePlayout({
      seed: 1,
      seconds: 60,
      network: quietNetwork,
      pullJitterMs: 20,
    });
    expect([concealedMs, sum(late)]).toEqual([0, 0]);
  });

  it.each([10, 30, 40, 60])('keeps the delay low in packets of %d ms', (packetMs) => {
    const { concealedMs, delaysMs } = simulatePlayout({
      seed: 1,
      seconds: 30,
      network: quietNetwork,
      packetMs,
    });
    expect(concealedMs).toBe(0);
    expect(most(delaysMs.slice(10))).toBeLessThan(10 + 7 + 40);
  });

  it.each([
    [2, 100e-6, 0],
    [2, 0, 100e-6],
    [0.2, 500e-6, -500e-6],
    [0.2, -500e-6, 500e-6],
  ])(
    'follows for %d hours clocks that drift apart (far %d, card %d): nothing lost, nothing growing',
    (...run) => {
      const [hours, far, card] = run;
      const { delaysMs, late, concealedMs } = simulatePlayout({
        seed: 1,
        seconds: 3600 * hours,
        network: ({ random }) => 10 + random(),
        farClock: 1 + far,
        cardClock: 1 + card,
      });
      expect([sum(late), concealedMs]).toEqual([0, 0]);
      expect(most(delaysMs.slice(5))).toBeLessThan(60);
      expect(Math.min(...delaysMs.slice(5))).toBeGreaterThan(10);
    },
  );

  it('leaves the time base of a recording alone', () => {
    const { heard, timeScaledMs } = simulatePlayout({
      seed: 1,
      seconds: 25,
      network: lossyNetwork(0, ({ random }) => 10 + 40 * random()),
      speech,
      farClock: 1 + 100e-6,
      delay: recordingDelay,
    });
    expect(timeScaledMs).toBe(0);
    const windows = windowCorrelations(speech.subarray(0, 24 * rate), heard, rate, 1);
    expect(Math.min(...windows.map(({ correlation }) => correlation))).toBeGreaterThan(0.98);
  });

  it('plays the noise of an announced pause, and counts none of it as concealed', () => {
    const playout = new Playout({ clockRate: rate, sampleRate: rate, delay: conversationDelay });
    playout.setCodecs(new Map([[0, { name: 'PCMU', payloadType: 0, clockRate: rate, sampleRate: rate }]]));
    playout.setComfortNoise(13);
    const payload = new Uint8Array(160).fill(0xff);
    const frame = new Int16Array(160);
    let noisy = 0;
    for (let index = 0; index < 60; index += 1) {
      const place = { sequenceNumber: Math.min(index, 10), timestamp: 160 * index, arrivalMs: 20 * index };
      if (index < 10) playout.buffer.put({ ...place, payloadType: 0, payload, ticks: 160 });
      if (index === 10)
        playout.buffer.put({ ...place, payloadType: 13, payload: Uint8Array.of(50), ticks: 0 });
      const audible = playout.pull(frame, 20 * index);
      if (audible && frame.some((sample) => Math.abs(sample) > 20)) noisy += 1;
    }
    expect(noisy).toBeGreaterThan(40);
    expect(playout.concealedMs).toBe(0);
  });

  it('lets Opus fill what is lost from the copy in the next packet, and guess where there is none', () => {
    const wideband = 16_000;
    const frame = 320;
    const voice = Int16Array.from(syntheticSpeech({ seconds: 8, rate: wideband }), (sample) =>
      Math.round(8000 * sample),
    );
    const heardWith = (fec: boolean, isLost: (index: number) => boolean): Int16Array => {
      const opus = { fec, dtx: false, bitrate: 32_000 };
      const codec: AudioCodec = {
        name: 'opus',
        payloadType: 111,
        clockRate: 48_000,
        sampleRate: wideband,
        opus,
      };
      const encoder = codecOf('opus').encoder(codec);
      encoder.expectLoss?.(20);
      const playout = new Playout({ clockRate: 48_000, sampleRate: wideband, delay: recordingDelay });
      playout.setCodecs(new Map([[111, codec]]));
      const heard = new Int16Array(voice.length);
      for (let index = 0; index < voice.length / frame; index += 1) {
        const payload =
          encoder.encode(voice.subarray(index * frame, (index + 1) * frame)) ?? new Uint8Array();
        const place = { sequenceNumber: index, timestamp: 960 * index, arrivalMs: 20 * index };
        if (!isLost(index)) playout.buffer.put({ ...place, payloadType: 111, payload, ticks: 960 });
        playout.pull(heard.subarray(index * frame, (index + 1) * frame), 20 * index);
      }
      return heard;
    };
    const likeness = (fec: boolean): number => {
      const whole = heardWith(fec, () => false);
      const broken = heardWith(fec, (index) => index % 10 === 5);
      let [product, energyWhole, energyBroken] = [0, 1, 1];
      for (const [at, sample] of whole.entries()) {
        // 100 ms later than it was sent: what was lost is heard in the tenth frame of each row of ten.
        if (Math.floor(at / frame) % 10 !== 0) continue;
        product += sample * (broken[at] ?? 0);
        energyWhole += sample * sample;
        energyBroken += (broken[at] ?? 0) ** 2;
      }
      return product / Math.sqrt(energyWhole * energyBroken);
    };
    const [copied, guessed] = [likeness(true), likeness(false)];
    expect(copied).toBeGreaterThan(0.8);
    expect(copied).toBeGreaterThan(guessed + 0.1);
    expect(guessed).toBeGreaterThan(0.2);
  });

  it('gives a whole frame for each pull, whatever comes', () => {
    const arrival = fc.record({
      afterMs: fc.nat(90),
      sequenceNumber: fc.oneof(fc.nat(30), fc.nat(0xffff)),
      timestamp: fc.oneof(fc.nat(9600), fc.nat(0xffff_ffff)),
      octets: fc.oneof(fc.constant(160), fc.nat(3000)),
      pause: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 60 }), (arrivals) => {
        const playout = new Playout({ clockRate: rate, sampleRate: rate, delay: conversationDelay });
        const codec: AudioCodec = { name: 'PCMU', payloadType: 0, clockRate: rate, sampleRate: rate };
        playout.setCodecs(new Map([[0, codec]]));
        const frame = new Int16Array(160);
        let nowMs = 0;
        for (const { afterMs, octets, pause, ...numbers } of arrivals) {
          for (const untilMs = nowMs + afterMs; nowMs < untilMs; nowMs += 20) playout.pull(frame, nowMs);
          const payload = new Uint8Array(octets);
          playout.buffer.put({
            ...numbers,
            payloadType: 0,
            payload,
            ticks: pause ? 0 : octets,
            arrivalMs: nowMs,
          });
        }
        for (let pull = 0; pull < 50; pull += 1) playout.pull(frame, nowMs + 20 * pull);
        expect(playout.delayMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
