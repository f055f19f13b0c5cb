/** Whole calls over UDP, one for each codec: what is said is heard, at the codec's own rate. */
import { afterEach, describe, expect, it } from 'vitest';
import { AudioSession, type AudioSessionEvent } from '../../../../engine/media/audio-session.ts';
import { codecOf } from '../../../../engine/media/codec.ts';
import type { FrameSource } from '../../../../engine/media/frame.ts';
import type { AudioCodec, MediaParameters } from '../../../../engine/media/media-engine.ts';
import { joined, recorder, wait } from './sounds.ts';

const host = '127.0.0.1';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const pcmu: AudioCodec = { name: 'PCMU', payloadType: 0, clockRate: 8000, sampleRate: 8000 };
const g722: AudioCodec = { name: 'G722', payloadType: 9, clockRate: 8000, sampleRate: 16_000 };
const l16: AudioCodec = { name: 'L16', payloadType: 118, clockRate: 16_000, sampleRate: 16_000 };
const opusAt = (sampleRate: number): AudioCodec => ({
  name: 'opus',
  payloadType: 107,
  clockRate: 48_000,
  sampleRate,
  opus: { fec: true, dtx: false, bitrate: 32_000 },
});

/** A melody of tones, 100 ms each, that does not repeat. */
function melody(): FrameSource & { samples(): Int16Array } {
  const frames: Int16Array[] = [];
  let [phase, nth] = [0, 0];
  return {
    read(into) {
      const hz = 300 + ((Math.floor(nth / 5) * 377) % 900);
      for (let index = 0; index < into.length; index += 1) {
        phase += (2 * Math.PI * hz) / (50 * into.length);
        into[index] = 9000 * Math.sin(phase);
      }
      nth += 1;
      frames.push(into.slice());
    },
    samples: () => joined(frames),
  };
}

async function openSession(source: FrameSource | null, sink: ReturnType<typeof recorder> | null) {
  const session = await AudioSession.open({
    localAddress: host,
    portMin: 38_000,
    portMax: 38_900,
    ...(source ? { source } : {}),
    ...(sink ? { sink } : {}),
  });
  open.push(session);
  return session;
}

function towards(
  session: AudioSession,
  codec: AudioCodec,
  change: Partial<MediaParameters> = {},
): MediaParameters {
  return {
    remoteAddress: host,
    remotePort: session.localPort,
    codec,
    packetTimeMs: 20,
    telephoneEventPayloadType: 101,
    comfortNoisePayloadType: null,
    protection: { kind: 'none' },
    rtcpMux: false,
    ice: null,
    direction: 'sendrecv',
    ...change,
  };
}

/** Likeness of half a second of what was heard, over all delays up to 300 ms. */
function likeness(said: Int16Array, heard: Int16Array, rate: number): number {
  const [length, from] = [rate / 2, heard.length - 0.7 * rate];
  const stride = rate / 8000;
  let best = 0;
  for (let delay = 0; delay < 0.3 * rate; delay += 1) {
    let [product, saidEnergy, heardEnergy] = [0, 1, 1];
    for (let at = 0; at < length; at += stride) {
      const [one, other] = [said[from - delay + at] ?? 0, heard[from + at] ?? 0];
      product += one * other;
      saidEnergy += one * one;
      heardEnergy += other * other;
    }
    best = Math.max(best, product / Math.sqrt(saidEnergy * heardEnergy));
  }
  return best;
}

describe('a call', () => {
  it.each([
    ['G.722', g722, 20],
    ['G.722', g722, 30],
    ['L16 at 16 kHz', l16, 20],
    ['Opus at 16 kHz', opusAt(16_000), 20],
    ['Opus at 48 kHz', opusAt(48_000), 20],
    ['Opus at 48 kHz', opusAt(48_000), 60],
  ])('in %s is heard as it was said', async (_name, codec, packetTimeMs) => {
    const [said, heard] = [melody(), recorder()];
    const [a, b] = [await openSession(said, null), await openSession(null, heard)];
    b.start(towards(a, codec, { packetTimeMs }));
    a.start(towards(b, codec, { packetTimeMs }));
    await wait(1200);
    const frames = joined(heard.frames);
    expect(heard.frames[0]?.length).toBe(codec.sampleRate / 50);
    expect(likeness(said.samples(), frames, codec.sampleRate)).toBeGreaterThan(0.95);
    const stats = b.stats();
    expect([stats.codec, stats.lost]).toEqual([codec.name, 0]);
    expect(stats.jitterMs).toBeLessThan(20);
  });

  it('that changes its codec goes on in the new one', async () => {
    const heard = recorder();
    const [a, b] = [await openSession(melody(), null), await openSession(null, heard)];
    for (const codec of [pcmu, opusAt(48_000), g722]) {
      b.start(towards(a, codec));
      a.start(towards(b, codec));
      const from = heard.frames.length;
      await wait(800);
      const frames = heard.frames.slice(from + 10).filter(({ length }) => length === codec.sampleRate / 50);
      expect(frames.length).toBeGreaterThan(20);
      const loud = frames.filter((frame) => frame.some((sample) => Math.abs(sample) > 4000));
      expect(loud.length).toBeGreaterThan(20);
    }
  });

  it('hears a far side that changes to another codec of its answer in mid-sentence', async () => {
    const heard = recorder();
    const [a, b] = [await openSession(melody(), null), await openSession(null, heard)];
    b.start(towards(a, pcmu, { alternatives: [g722] }));
    a.start(towards(b, pcmu));
    await wait(400);
    a.start(towards(b, g722));
    await wait(900);
    // The far side's wideband is heard at the rate of the negotiated codec.
    const loud = heard.frames.slice(-25).filter((frame) => frame.some((sample) => Math.abs(sample) > 4000));
    expect(loud.length).toBeGreaterThan(20);
    expect(heard.frames.at(-1)?.length).toBe(160);
  });

  it.each([
    ['at the clock of Opus', {}],
    ['at 8000 beside Opus', { telephoneEventClockRate: 8000 }],
  ])('carries keys %s', async (_how, change) => {
    const [a, b] = [await openSession(null, null), await openSession(null, null)];
    const keys: AudioSessionEvent[] = [];
    b.on((event) => event.type === 'digit' && keys.push(event));
    b.start(towards(a, opusAt(48_000), change));
    a.start(towards(b, opusAt(48_000), change));
    await wait(200);
    a.sendDigits('17#', { durationMs: 100, gapMs: 60 });
    await wait(900);
    expect(keys.map((event) => event.type === 'digit' && [event.digit, event.durationMs])).toEqual([
      ['1', 100],
      ['7', 100],
      ['#', 100],
    ]);
  });
});

describe('L16', () => {
  it('is its samples in network order', () => {
    const codec = codecOf('L16');
    const payload = codec.encoder(l16).encode(Int16Array.of(1, -2, 32_767));
    expect([...(payload ?? [])]).toEqual([0, 1, 0xff, 0xfe, 0x7f, 0xff]);
    expect([...codec.decoder(l16).decode(Uint8Array.of(9, 0, 1, 0xff, 0xfe, 7).subarray(1))]).toEqual([
      1, -2,
    ]);
    expect(codec.ticksOf(new Uint8Array(640))).toBe(320);
  });
});
