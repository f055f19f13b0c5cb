/** Whole calls over UDP, one for each codec: what is said is heard, at the codec's own rate. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AudioSession, type AudioSessionEvent } from '../../../../engine/media/audio-session.ts';
import { codecOf } from '../../../../engine/media/codec.ts';
import type { FrameSource } from '../../../../engine/media/frame.ts';
import type { AudioCodec, MediaParameters } from '../../../../engine/media/media-engine.ts';
import { monotonicMs } from '../../../../engine/media/pacer.ts';
import { Playout, recordingDelay } from '../../../../engine/media/playout.ts';
import { Recorder } from '../../../../engine/media/recorder.ts';
import { useHandMovedTime } from '../../../support/hand-moved-time.ts';
import { amplitudeOf, joined, readStereo, recorder } from './sounds.ts';
import { mediaParameters } from '../../../support/media-parameters.ts';

const host = '127.0.0.1';
const pass = useHandMovedTime();
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

/** A tone of 9000, as high as it is asked to be at that moment. */
function steady(tone: { hz: number }): FrameSource {
  let phase = 0;
  return {
    read(into) {
      for (let index = 0; index < into.length; index += 1) {
        phase += (2 * Math.PI * tone.hz) / (50 * into.length);
        into[index] = 9000 * Math.sin(phase);
      }
    },
  };
}

async function openSession(source: FrameSource | null, sink: ReturnType<typeof recorder> | null) {
  const session = await AudioSession.open({
    localAddress: host,
    // What is heard later is not hurried, and so stays like what was said.
    playoutDelay: recordingDelay,
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
  return mediaParameters({ remoteAddress: host, remotePort: session.localPort }, { codec, ...change });
}

/** Likeness of a tenth of a second of what was heard, over all delays up to 300 ms. */
function likenessAt(from: number, said: Int16Array, heard: Int16Array, rate: number): number {
  const stride = rate / 8000;
  let best = 0;
  for (let delay = 0; delay < 0.3 * rate; delay += 1) {
    let [product, saidEnergy, heardEnergy] = [0, 1, 1];
    for (let at = from; at < from + rate / 10; at += stride) {
      const [one, other] = [said[at - delay] ?? 0, heard[at] ?? 0];
      product += one * other;
      saidEnergy += one * one;
      heardEnergy += other * other;
    }
    best = Math.max(best, product / Math.sqrt(saidEnergy * heardEnergy));
  }
  return best;
}

/** The median of the last half second's tenths: a busy machine may leave a hole in one of them. */
function likeness(said: Int16Array, heard: Int16Array, rate: number): number {
  const tenths = [7, 6, 5, 4, 3].map((tenth) =>
    likenessAt(heard.length - (tenth * rate) / 10, said, heard, rate),
  );
  return tenths.sort((a, b) => a - b)[2] ?? 0;
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
    await pass(1200);
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
      await pass(800);
      const frames = heard.frames.slice(from + 10).filter(({ length }) => length === codec.sampleRate / 50);
      expect(frames.length).toBeGreaterThan(20);
      const loud = frames.filter((frame) => frame.some((sample) => Math.abs(sample) > 4000));
      expect(loud.length).toBeGreaterThan(20);
    }
  });

  it('that changes its codec is recorded at one rate, each tone at its height and in its time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
    open.unshift({ close: () => rmSync(folder, { recursive: true }) });
    const path = join(folder, 'call.wav');
    const tone = { hz: 500 };
    const [a, b] = [await openSession(steady(tone), null), await openSession(steady({ hz: 1100 }), null)];
    const file = await Recorder.create(path, {
      tone: false,
      now: monotonicMs,
      onFailure: expect.unreachable,
    });
    a.setRecorder(file);
    for (const [codec, hz] of [
      [g722, 500],
      [opusAt(48_000), 700],
      [pcmu, 900],
    ] as const) {
      tone.hz = hz;
      b.start(towards(a, codec));
      a.start(towards(b, codec));
      await pass(2000);
    }
    a.setRecorder(null);
    await file.close();
    const { rate, left, right } = readStereo(path);
    expect(rate).toBe(16_000);
    expect(Math.abs(left.length / rate - 6)).toBeLessThan(0.1);
    for (const [nth, hz] of [500, 700, 900].entries()) {
      const [from, to] = [(2 * nth + 0.5) * rate, (2 * nth + 1.5) * rate];
      expect(amplitudeOf(hz, left.subarray(from, to), rate)).toBeGreaterThan(6000);
      expect(amplitudeOf(1100, right.subarray(from, to), rate)).toBeGreaterThan(6000);
    }
  });

  it('hears a far side that changes to another codec of its answer in mid-sentence', async () => {
    const heard = recorder();
    const [a, b] = [await openSession(melody(), null), await openSession(null, heard)];
    b.start(towards(a, pcmu, { alternatives: [g722] }));
    a.start(towards(b, pcmu));
    await pass(400);
    a.start(towards(b, g722));
    await pass(900);
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
    await pass(200);
    a.sendDigits('17#', { durationMs: 100, gapMs: 60 });
    await pass(900);
    expect(keys.map((event) => event.type === 'digit' && [event.digit, event.durationMs])).toEqual([
      ['1', 100],
      ['7', 100],
      ['#', 100],
    ]);
  });
});

describe('Opus with gaps', () => {
  const codec = opusAt(16_000);

  /** What is heard when every tenth packet is lost, and the next one is there in time. */
  function heardWith(fec: boolean): { said: Int16Array; heard: Int16Array } {
    const encoder = codecOf('opus').encoder({ ...codec, opus: { fec, dtx: false, bitrate: 24_000 } });
    encoder.expectLoss?.(20);
    const playouts = [0, 1].map(() => {
      const playout = new Playout({ ...codec, delay: recordingDelay });
      playout.setCodecs(new Map([[codec.payloadType, codec]]));
      return playout;
    });
    const said = melody();
    const frames: Int16Array[][] = [[], []];
    const frame = new Int16Array(320);
    for (let nth = 0; nth < 200; nth += 1) {
      said.read(frame);
      const payload = encoder.encode(frame);
      for (const [which, playout] of playouts.entries()) {
        const lost = which === 1 && nth > 20 && nth % 10 === 0;
        const packet = { sequenceNumber: nth, timestamp: 960 * nth, ticks: 960, arrivalMs: 20 * nth };
        if (payload && !lost) playout.buffer.put({ ...packet, payloadType: codec.payloadType, payload });
        const into = new Int16Array(320);
        playout.pull(into, 20 * nth + 1);
        frames[which]?.push(into);
      }
    }
    return { said: joined(frames[0] ?? []), heard: joined(frames[1] ?? []) };
  }

  function errorOf({ said, heard }: { said: Int16Array; heard: Int16Array }): number {
    let [error, energy] = [0, 1];
    for (const [at, sample] of said.entries()) {
      error += (sample - (heard[at] ?? 0)) ** 2;
      energy += sample ** 2;
    }
    return error / energy;
  }

  it('keeps the time base, and hears a lost packet from the copy in the one behind it', () => {
    const [withCopies, without] = [errorOf(heardWith(true)), errorOf(heardWith(false))];
    expect(without).toBeLessThan(0.2);
    expect(withCopies).toBeLessThan(without / 2);
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
