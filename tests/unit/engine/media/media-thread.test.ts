import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeAudioMessage,
  encodeAudioMessage,
  frameSamples,
  type AudioMessage,
} from '../../../../contract/audio-frames.ts';
import { PhoneFailure } from '../../../../contract/errors.ts';
import { silentLogger } from '../../../../engine/log.ts';
import { createMediaThread } from '../../../../engine/media/media-client.ts';
import { MediaCore } from '../../../../engine/media/media-core.ts';
import type {
  AudioLink,
  MediaEngine,
  MediaParameters,
  MediaSession,
  MediaSessionEvent,
  OpenSessionOptions,
} from '../../../../engine/media/media-engine.ts';
import { parseWav, wavHeader } from '../../../../engine/media/wav-format.ts';
import { useHandMovedTime } from '../../../support/hand-moved-time.ts';
import { bestCorrelation, noiseSource, seeded, wait } from './sounds.ts';
import { mediaParameters } from '../../../support/media-parameters.ts';

const host = '127.0.0.1';
const threadEntry = new URL('../../../../engine/media/media-thread.ts', import.meta.url);
let folder = '';
const engines: MediaEngine[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'media-'));
});
afterEach(async () => {
  await closeEngines();
  rmSync(folder, { recursive: true });
});

async function closeEngines(): Promise<void> {
  for (const engine of engines.splice(0)) await engine.close();
}

/** In a thread of its own the clock cannot be moved by hand: what a busy computer may spoil is measured in this thread. */
const places = {
  'in this thread': { exact: true, make: () => new MediaCore(silentLogger) },
  'in a thread of its own': {
    exact: false,
    make: () => createMediaThread({ entry: threadEntry, log: silentLogger }),
  },
};

function track<T extends MediaEngine>(engine: T): T {
  engines.push(engine);
  return engine;
}

function asked(change: Partial<OpenSessionOptions> = {}): OpenSessionOptions {
  return {
    localAddress: host,
    portMin: 35_000,
    portMax: 35_900,
    source: { kind: 'silence' },
    sink: { kind: 'none' },
    ...change,
  };
}

function towards(session: MediaSession): MediaParameters {
  const codec = { name: 'PCMA', payloadType: 8, clockRate: 8000, sampleRate: 8000 } as const;
  return mediaParameters({ remoteAddress: host, remotePort: session.local.port }, { codec });
}

function writeNoise(path: string, seconds: number): Int16Array {
  const noise = noiseSource(11);
  const frame = new Int16Array(160);
  for (let index = 0; index < seconds * 50; index += 1) noise.read(frame);
  const samples = noise.samples();
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  writeFileSync(path, Buffer.concat([wavHeader(8000, bytes.length), bytes]));
  return samples;
}

function codeOf(failure: unknown): string {
  return failure instanceof PhoneFailure ? failure.error.code : String(failure);
}

/** A shell's end of an audio link. */
function shellLink(): {
  link: AudioLink;
  toEngine(message: AudioMessage): void;
  heard: AudioMessage[];
  closed: boolean;
} {
  let listener: (message: ArrayBuffer) => void = () => undefined;
  const shell = {
    heard: [] as AudioMessage[],
    closed: false,
    toEngine: (message: AudioMessage) => listener(encodeAudioMessage(message)),
    link: {
      send: (message: ArrayBuffer) => {
        const decoded = decodeAudioMessage(message);
        if (decoded) shell.heard.push(decoded);
      },
      onMessage: (heard: (message: ArrayBuffer) => void) => {
        listener = heard;
      },
      close: () => {
        shell.closed = true;
      },
    },
  };
  return shell;
}

for (const [where, { make, exact }] of Object.entries(places)) {
  describe(`a media engine ${where}`, () => {
    const pass = exact ? useHandMovedTime() : wait;
    afterEach(closeEngines);

    it('moves a session to another address while the sound goes on', async () => {
      const engine = track(make());
      const a = await engine.openSession(asked());
      const b = await engine.openSession(asked());
      a.start(towards(b));
      b.start(towards(a));
      await pass(300);
      const oldPort = a.local.port;
      await a.move('127.0.0.2');
      expect(a.local.address).toBe('127.0.0.2');
      expect(a.local.port).not.toBe(oldPort);
      b.start({ ...towards(a), remoteAddress: a.local.address });
      await expect(a.move('192.0.2.55')).rejects.toThrow('EADDRNOTAVAIL');
      await pass(700);
      const [sent, received] = [await a.close(), await b.close()];
      expect(sent.received).toBeGreaterThan(exact ? 40 : 5);
      expect(received.received).toBeGreaterThan(exact ? 40 : 5);
      expect(sent.lost + received.lost).toBeLessThanOrEqual(1);
      await expect(a.move('127.0.0.3')).rejects.toThrow('the sound of this call has ended');
    });

    it('shakes hands under the certificate whose fingerprint it named, for a session that was open before', async () => {
      const [here, there] = [track(make()), track(make())];
      const [a, b] = [await here.openSession(asked()), await there.openSession(asked())];
      const encrypted = [a, b].map(
        (session) =>
          new Promise((resolve) =>
            session.on((event) => event.type === 'encrypted' && resolve(event.encryption.kind)),
          ),
      );
      const dtls = (engine: MediaEngine, role: 'active' | 'passive') =>
        ({
          kind: 'dtls',
          role,
          fingerprints: [engine.fingerprint()],
          tlsIds: { local: role, remote: null },
        }) as const;
      const [ofThere, ofHere] = [dtls(there, 'active'), dtls(here, 'passive')];
      a.start({ ...towards(b), protection: ofThere, rtcpMux: true });
      b.start({ ...towards(a), protection: ofHere, rtcpMux: true });
      await pass(100);
      expect(await Promise.all(encrypted)).toEqual(['dtls', 'dtls']);
      expect(here.fingerprint()).toEqual(ofHere.fingerprints[0]);
    });

    it('records both sides of a call into one file, on demand, and refuses a file that is there', async () => {
      const engine = track(make());
      const said = join(folder, 'said.wav');
      writeNoise(said, 3);
      const a = await engine.openSession(asked({ source: { kind: 'wav', path: said } }));
      const b = await engine.openSession(asked());
      a.start(towards(b));
      b.start(towards(a));
      a.answered();
      const path = join(folder, 'both.wav');
      await a.record({ path, tone: false });
      await b.record({ path: join(folder, 'other.wav'), tone: true });
      await pass(1500);
      await a.stopRecording();
      const bytes = readFileSync(path);
      const channel = (offset: number) =>
        Int16Array.from({ length: (bytes.length - 44) / 4 }, (_, index) =>
          bytes.readInt16LE(44 + 4 * index + offset),
        );
      const loudest = (samples: Int16Array) => samples.reduce((most, each) => Math.max(most, each), 0);
      expect(bytes.readUInt16LE(22)).toBe(2);
      expect(channel(0).length).toBeGreaterThan(8000);
      expect(loudest(channel(0))).toBeGreaterThan(5000);
      // The other end's recording tone is heard here.
      expect(loudest(channel(2))).toBeGreaterThan(1000);
      expect(codeOf(await a.record({ path, tone: false }).catch((error: unknown) => error))).toBe(
        'media.file',
      );
      await Promise.all([a.close(), b.close()]);
      await expect(a.record({ path: join(folder, 'late.wav'), tone: false })).rejects.toThrow();
    });

    it('plays a WAV file from the answer on and records what comes back, gapless and at the codec rate', async () => {
      const said = writeNoise(join(folder, 'in.wav'), 3);
      const engine = track(make());
      const a = await engine.openSession(asked({ source: { kind: 'wav', path: join(folder, 'in.wav') } }));
      const b = await engine.openSession(asked({ sink: { kind: 'wav', path: join(folder, 'out.wav') } }));
      const events: MediaSessionEvent[] = [];
      b.on((event) => events.push(event));
      a.start(towards(b));
      b.start(towards(a));
      await pass(200);
      const answeredAt = performance.now();
      a.answered();
      b.answered();
      a.sendDigits('7', { durationMs: 40, gapMs: 100 });
      await pass(2500);
      const lastedMs = performance.now() - answeredAt;
      const stats = await b.close();
      expect(await b.close()).toBe(stats);
      await a.close();
      const recorded = parseWav(readFileSync(join(folder, 'out.wav')));
      if (!recorded.ok) throw new Error(recorded.problem);
      expect(recorded.value.sampleRate).toBe(8000);
      expect(stats.codec).toBe('PCMA');
      if (exact) {
        expect(Math.abs(recorded.value.samples.length / 8 - lastedMs)).toBeLessThanOrEqual(20);
        expect(bestCorrelation(said, recorded.value.samples, 8000)).toBeGreaterThan(0.98);
        // Counted from the answer on.
        expect(stats.received).toBe(125);
      } else {
        expect(recorded.value.samples.length).toBeGreaterThan(8000);
        expect(Math.max(...recorded.value.samples)).toBeGreaterThan(5000);
      }
      const seven = { type: 'digit', direction: 'received', digit: '7', durationMs: 40, method: 'rfc4733' };
      expect(events).toContainEqual(seven);
    });

    it('sends keys as tones in place of its sound, and tells when each is through', async () => {
      const engine = track(make());
      const a = await engine.openSession(asked({}));
      const b = await engine.openSession(asked({ sink: { kind: 'wav', path: join(folder, 'tones.wav') } }));
      const sent: MediaSessionEvent[] = [];
      a.on((event) => void (event.type === 'digit' && sent.push(event)));
      a.start(towards(b));
      b.start(towards(a));
      b.answered();
      a.sendTones('5', { durationMs: 100, gapMs: 60 });
      await pass(600);
      const tone = { type: 'digit', direction: 'sent', digit: '5', durationMs: 100, method: 'inband' };
      expect(sent).toEqual([tone]);
      await a.close();
      await b.close();
      const recorded = parseWav(readFileSync(join(folder, 'tones.wav')));
      if (!recorded.ok) throw new Error(recorded.problem);
      expect(Math.max(...recorded.value.samples)).toBeGreaterThan(15_000);
    });

    it('answers each pull of the shell with exactly one frame of all sessions, and sends its microphone', async () => {
      const engine = track(make());
      const shell = shellLink();
      engine.attachLink(shell.link);
      engine.setVolumes({ microphone: 1, speaker: 0.5 });
      writeNoise(join(folder, 'in.wav'), 3);
      const device = await engine.openSession(
        asked({ source: { kind: 'device' }, sink: { kind: 'device' } }),
      );
      const far = await engine.openSession(
        asked({
          source: { kind: 'wav', path: join(folder, 'in.wav') },
          sink: { kind: 'wav', path: join(folder, 'out.wav') },
        }),
      );
      shell.toEngine({ kind: 'pull', sequence: 900, timeMs: 0, depthSamples: 0 });
      device.start(towards(far));
      far.start(towards(device));
      device.answered();
      far.answered();
      const random = seeded(3);
      const speech = new Float32Array(frameSamples);
      let low = 0;
      for (let index = 0; index < frameSamples; index += 1) {
        low = 0.9 * low + 0.1 * (random() - 0.5) * 4;
        speech[index] = low;
      }
      const startedAt = performance.now();
      for (let frame = 0; frame < 60; frame += 1) {
        shell.toEngine({ kind: 'capture', sequence: frame, timeMs: 20 * frame, samples: speech });
        shell.toEngine({ kind: 'pull', sequence: frame, timeMs: 20 * frame, depthSamples: 960 });
        await pass(Math.max(0, startedAt + 20 * (frame + 1) - performance.now()));
      }
      await pass(50);
      const answers = shell.heard.filter((message) => message.kind === 'playout');
      expect(answers.map(({ sequence }) => sequence)).toEqual([
        900,
        ...Array.from({ length: 60 }, (_, n) => n),
      ]);
      expect(answers[0]?.silent).toBe(true);
      const later = answers.slice(30);
      const audible = later.filter(
        ({ silent, samples }) => !silent && samples.some((sample) => sample !== 0),
      );
      expect(audible.length).toBeGreaterThanOrEqual(exact ? later.length : 1);
      await far.close();
      const recorded = parseWav(readFileSync(join(folder, 'out.wav')));
      const heard = recorded.ok ? recorded.value.samples.subarray(4000, 7000) : [];
      expect(heard.length).toBe(3000);
      const frames = Array.from({ length: 18 }, (_, n) => heard.slice(160 * n, 160 * (n + 1)));
      const full = frames.filter((frame) => frame.some((sample) => Math.abs(sample) > 500));
      // The microphone came through without a hole of even one frame.
      expect(full.length).toBeGreaterThanOrEqual(exact ? frames.length : 1);
    });

    it('refuses in words: ports used up, no such file, a file that is no sound', async () => {
      const engine = track(make());
      const range = { portMin: 35_980, portMax: 35_981 };
      const first = await engine.openSession(asked(range));
      expect(first.local.port).toBe(35_980);
      expect(codeOf(await engine.openSession(asked(range)).catch((error: unknown) => error))).toBe(
        'media.ports-used-up',
      );
      const missing = asked({ source: { kind: 'wav', path: join(folder, 'none.wav') } });
      const failure: unknown = await engine.openSession(missing).catch((error: unknown) => error);
      expect(codeOf(failure)).toBe('media.file');
      expect(failure instanceof PhoneFailure && failure.message).toContain('it does not exist');
      const unwritable = asked({ sink: { kind: 'wav', path: join(folder, 'no', 'out.wav') } });
      expect(codeOf(await engine.openSession(unwritable).catch((error: unknown) => error))).toBe(
        'media.file',
      );
      await first.close();
      expect((await engine.openSession(asked(range))).local.port).toBe(35_980);
    });
  });
}

describe('a media thread', () => {
  it('fails its sessions when it crashes, and the next session gets another thread', async () => {
    const crashing = join(folder, 'crashing.mjs');
    writeFileSync(
      crashing,
      `import { parentPort } from 'node:worker_threads';
       await import(${JSON.stringify(threadEntry.href)});
       parentPort.on('message', (message) => {
         if (message.type === 'mute') setImmediate(() => { throw new Error('the sky fell'); });
       });`,
    );
    const engine = track(createMediaThread({ entry: crashing, log: silentLogger }));
    const shell = shellLink();
    engine.attachLink(shell.link);
    const session = await engine.openSession(asked());
    const events: MediaSessionEvent[] = [];
    session.on((event) => events.push(event));
    session.setMuted(true);
    await expect
      .poll(() => events, { timeout: 10_000 })
      .toEqual([{ type: 'failed', code: 'internal', reason: 'the sky fell' }]);
    expect((await session.close()).codec).toBe('');
    const next = await engine.openSession(asked());
    expect(next.local.port % 2).toBe(0);
    // The new thread serves the same link.
    shell.toEngine({ kind: 'pull', sequence: 5, timeMs: 0, depthSamples: 0 });
    await expect.poll(() => shell.heard.map(({ sequence }) => sequence), { timeout: 10_000 }).toEqual([5]);
    await engine.close();
    expect(shell.closed).toBe(true);
  });
});
