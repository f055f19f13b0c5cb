import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OpusDecoder, OpusEncoder, type OpusRateHz } from '../../../native-wasm/opus.ts';

const vector = (name: string) => readFileSync(new URL(`../../vectors/opus/${name}`, import.meta.url));

function readPackets(name: string): Uint8Array[] {
  const bytes = vector(`${name}.packets`);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt16BE(at);
    packets.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return packets;
}

/** A voice of 140 Hz that wavers, with its harmonics. */
function voice(rate: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, at) => {
    const time = at / rate;
    const phase = 2 * Math.PI * (140 * time + 3 * Math.sin(2 * Math.PI * 4 * time));
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic += 1) sum += Math.sin(harmonic * phase) / harmonic;
    return Math.round(5000 * sum);
  });
}

function encodeAll(sound: Int16Array, encoder: OpusEncoder, samples: number): Uint8Array[] {
  return Array.from({ length: Math.floor(sound.length / samples) }, (_, nth) =>
    encoder.encode(sound.subarray(samples * nth, samples * (nth + 1))),
  );
}

/** The best likeness of two sounds over delays of up to 20 ms. */
function likeness(said: Int16Array, heard: Int16Array, rate: number): number {
  let best = 0;
  const length = said.length - rate / 50;
  const stride = rate / 8000;
  for (let delay = 0; delay <= rate / 50; delay += 1) {
    let [product, saidEnergy, heardEnergy] = [0, 1, 1];
    for (let at = 0; at < length; at += stride) {
      const [one, other] = [said[at] ?? 0, heard[at + delay] ?? 0];
      product += one * other;
      saidEnergy += one * one;
      heardEnergy += other * other;
    }
    best = Math.max(best, product / Math.sqrt(saidEnergy * heardEnergy));
  }
  return best;
}

const voiceEncoder = (sampleRate: OpusRateHz, change: { fec?: boolean; dtx?: boolean } = {}) =>
  new OpusEncoder({ sampleRate, bitrate: 32_000, fec: false, dtx: false, ...change });

describe('Opus', () => {
  it.each(['silk', 'hybrid', 'celt'])('decodes %s to the bit as the reference does', (name) => {
    const decoder = new OpusDecoder(16_000);
    const heard = readPackets(name).map((packet) => new Uint8Array(decoder.decode(packet).buffer));
    expect(Buffer.concat(heard).equals(vector(`${name}.pcm`))).toBe(true);
  });

  it.each([
    [16_000, 10],
    [16_000, 20],
    [48_000, 10],
    [48_000, 20],
    [48_000, 40],
    [48_000, 60],
  ] as const)('carries a voice at %i Hz in packets of %i ms', (rate, packetMs) => {
    const sound = voice(rate, 0.6);
    const decoder = new OpusDecoder(rate);
    const packets = encodeAll(sound, voiceEncoder(rate), (rate * packetMs) / 1000);
    const heard = packets.map((packet) => decoder.decode(packet));
    expect(heard.every(({ length }) => length === (rate * packetMs) / 1000)).toBe(true);
    const bitrate =
      (packets.reduce((sum, { length }) => sum + 8 * length, 0) * 1000) / (packets.length * packetMs);
    expect(bitrate).toBeLessThan(40_000);
    // Its mode for voices turns the phase of the lowest harmonics.
    expect(likeness(sound, Int16Array.from(heard.flatMap((each) => [...each])), rate)).toBeGreaterThan(0.75);
  });

  it('recovers a lost frame from the packet behind it, far better than it conceals one', () => {
    const rate = 16_000;
    const encoder = new OpusEncoder({ sampleRate: rate, bitrate: 24_000, fec: true, dtx: false });
    encoder.setExpectedLoss(20);
    const packets = encodeAll(voice(rate, 1), encoder, 320);
    const energyOf = (samples: Int16Array) => samples.reduce((sum, sample) => sum + sample * sample, 0);
    let [recovered, concealed] = [0, 0];
    for (let lost = 20; lost < 45; lost += 1) {
      const [whole, withCopy, without] = [0, 1, 2].map(() => new OpusDecoder(rate));
      for (const packet of packets.slice(0, lost))
        for (const each of [whole, withCopy, without]) each?.decode(packet);
      const [packet, next] = [packets[lost], packets[lost + 1]];
      if (!packet || !next || !whole || !withCopy || !without) throw new Error('no packet');
      const said = whole.decode(packet);
      const error = (heard: Int16Array) =>
        energyOf(heard.map((sample, at) => sample - (said[at] ?? 0))) / energyOf(said);
      recovered += error(withCopy.recover(next, 320)) / 25;
      concealed += error(without.conceal(320)) / 25;
    }
    expect(recovered).toBeLessThan(0.3);
    expect(recovered).toBeLessThan(concealed / 2);
  });

  it('says next to nothing in silence with DTX, and something in every packet without', () => {
    const silence = new Int16Array(48_000 * 2);
    const spoken = (dtx: boolean) =>
      encodeAll(silence, voiceEncoder(48_000, { dtx }), 960).filter(({ length }) => length > 2).length;
    expect(spoken(true)).toBeLessThan(30);
    expect(spoken(false)).toBe(100);
  });

  it('keeps many streams apart in its one memory', () => {
    const rate = 16_000;
    const sound = voice(rate, 0.4);
    const alone = encodeAll(sound, voiceEncoder(rate), 320);
    const encoders = [voiceEncoder(rate), voiceEncoder(rate)];
    const decoders = [new OpusDecoder(rate), new OpusDecoder(48_000)];
    for (const [nth, packet] of alone.entries()) {
      const frame = sound.subarray(320 * nth, 320 * (nth + 1));
      expect(encoders.map((encoder) => encoder.encode(frame))).toEqual([packet, packet]);
      expect(decoders.map((decoder) => decoder.decode(packet).length)).toEqual([320, 960]);
    }
  });

  it('takes what is no packet for no sound', () => {
    const decoder = new OpusDecoder(48_000);
    expect(decoder.decode(new Uint8Array(0)).length).toBe(0);
    expect(decoder.decode(Uint8Array.of(0xff)).length).toBe(0);
    expect(decoder.decode(new Uint8Array(2000)).length).toBe(0);
  });
});
