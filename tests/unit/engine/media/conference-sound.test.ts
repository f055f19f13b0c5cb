/** Conferences with real sound: three calls over RTP, a device at the audio link, and a tone for each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { decodeAudioMessage, encodeAudioMessage, frameSamples } from '../../../../contract/audio-frames.ts';
import { silentLogger } from '../../../../engine/log.ts';
import { AudioSession } from '../../../../engine/media/audio-session.ts';
import type { FrameSource } from '../../../../engine/media/frame.ts';
import { MediaCore } from '../../../../engine/media/media-core.ts';
import type { MediaParameters, MediaSession } from '../../../../engine/media/media-engine.ts';
import { useHandMovedTime } from '../../../support/hand-moved-time.ts';
import { amplitudeOf, joined, readStereo, recorder } from './sounds.ts';
import { mediaParameters } from '../../../support/media-parameters.ts';

const host = '127.0.0.1';
const pass = useHandMovedTime();
const tones = [440, 700, 1250];
const microphoneTone = 1900;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function tone(frequency: number): FrameSource {
  let at = 0;
  return {
    read: (into) => {
      for (let index = 0; index < into.length; index += 1, at += 1)
        into[index] = 4000 * Math.sin((2 * Math.PI * frequency * at) / 8000);
    },
  };
}

function towards(remotePort: number): MediaParameters {
  return mediaParameters({ remoteAddress: host, remotePort }, { telephoneEventPayloadType: null });
}

/** A shell's microphone that hears a tone, and its speaker. */
function openDevice(core: MediaCore) {
  const heard: Float32Array[] = [];
  let toEngine: (message: ArrayBuffer) => void = () => undefined;
  core.attachLink({
    send: (message) => {
      const decoded = decodeAudioMessage(message);
      if (decoded?.kind === 'playout') heard.push(decoded.samples.slice());
    },
    onMessage: (listener) => (toEngine = listener),
    close: () => undefined,
  });
  let sequence = 0;
  const timer = setInterval(() => {
    const samples = new Float32Array(frameSamples);
    for (let index = 0; index < frameSamples; index += 1) {
      const at = sequence * frameSamples + index;
      samples[index] = 0.12 * Math.sin((2 * Math.PI * microphoneTone * at) / 48_000);
    }
    sequence += 1;
    toEngine(encodeAudioMessage({ kind: 'capture', sequence, timeMs: 20 * sequence, samples }));
    toEngine(encodeAudioMessage({ kind: 'pull', sequence, timeMs: 20 * sequence, depthSamples: 0 }));
  }, 20);
  open.push({ close: () => clearInterval(timer) });
  return heard;
}

async function openPeer(frequency: number) {
  const ear = recorder();
  const session = await AudioSession.open({
    localAddress: host,
    portMin: 36_000,
    portMax: 36_900,
    source: tone(frequency),
    sink: ear,
  });
  open.push(session);
  return { session, ear };
}

/** Three calls of one phone, each with a far side that sends its tone. */
async function openCalls() {
  const core = new MediaCore(silentLogger);
  open.push(core);
  const speaker = openDevice(core);
  const device = { kind: 'device' } as const;
  const where = { localAddress: host, portMin: 37_000, portMax: 37_900 };
  const calls: MediaSession[] = [];
  const ears: ReturnType<typeof recorder>[] = [];
  for (const frequency of tones) {
    const { session, ear } = await openPeer(frequency);
    const call = await core.openSession({ ...where, source: device, sink: device });
    call.start(towards(session.localPort));
    session.start(towards(call.local.port));
    calls.push(call);
    ears.push(ear);
  }
  /** Which of the tones and the microphone (the last) were heard in the second that follows. */
  const listen = async () => {
    const from = ears.map(({ frames }) => frames.length);
    const fromSpeaker = speaker.length;
    await pass(1000);
    const all = [...tones, microphoneTone];
    return {
      parties: ears.map(({ frames }, nth) =>
        all.filter((frequency) => amplitudeOf(frequency, joined(frames.slice(from[nth])), 8000) > 1000),
      ),
      speaker: all.filter((frequency) => {
        const samples = speaker.slice(fromSpeaker).flatMap((each) => [...each]);
        return amplitudeOf(frequency, samples, 48_000) > 0.03;
      }),
    };
  };
  return { calls, ears, listen };
}

it('each of three parties hears the other two and the microphone, and not itself; the person hears all three', async () => {
  const { calls, listen } = await openCalls();
  const [a, b, c] = tones;
  for (const call of calls) call.join('conference');
  await pass(400);
  expect(await listen()).toEqual({
    parties: [
      [b, c, microphoneTone],
      [a, c, microphoneTone],
      [a, b, microphoneTone],
    ],
    speaker: [a, b, c],
  });
});

it('a muted microphone leaves the parties with each other', async () => {
  const { calls, listen } = await openCalls();
  const [a, b, c] = tones;
  for (const call of calls) call.join('conference');
  for (const call of calls) call.setMuted(true);
  await pass(400);
  expect(await listen()).toEqual({
    parties: [
      [b, c],
      [a, c],
      [a, b],
    ],
    speaker: [a, b, c],
  });
});

it('who is taken out and set aside hears nobody and is not heard; who hangs up leaves the others talking', async () => {
  const { calls, listen } = await openCalls();
  const [a, b] = tones;
  for (const call of calls) call.join('conference');
  calls[2]?.setAside(true);
  calls[2]?.join(null);
  await pass(400);
  expect(await listen()).toEqual({
    parties: [[b, microphoneTone], [a, microphoneTone], []],
    speaker: [a, b],
  });
  await calls[1]?.close();
  await pass(300);
  const after = await listen();
  expect(after.parties[0]).toEqual([microphoneTone]);
  expect(after.speaker).toEqual([a]);
});

it('a call that was set aside is heard again when it is taken back', async () => {
  const { calls, listen } = await openCalls();
  for (const call of calls) call.setAside(true);
  await pass(400);
  expect(await listen()).toEqual({ parties: [[], [], []], speaker: [] });
  calls[1]?.setAside(false);
  await pass(400);
  expect(await listen()).toEqual({ parties: [[], [microphoneTone], []], speaker: [tones[1]] });
});

it('a conference is recorded with the microphone left and everybody else right, and goes on as a call of two', async () => {
  const { calls, ears } = await openCalls();
  const folder = mkdtempSync(join(tmpdir(), 'conference-'));
  open.unshift({ close: () => rmSync(folder, { recursive: true }) });
  const path = join(folder, 'conference.wav');
  for (const call of calls) call.join('conference');
  await pass(400);
  const from = ears.map(({ frames }) => frames.length);
  await calls[0]?.record({ path, tone: true });
  await pass(2000);
  calls[0]?.join(null);
  await pass(2000);
  await calls[0]?.stopRecording();

  const all = [...tones, microphoneTone];
  const { rate, left, right } = readStereo(path);
  expect(rate).toBe(48_000);
  expect(Math.abs(left.length / rate - 4)).toBeLessThan(0.1);
  const heardIn = (channel: Int16Array, second: number) =>
    all.filter((hz) => amplitudeOf(hz, channel.subarray(second * rate, (second + 1) * rate), rate) > 1000);
  expect([heardIn(left, 0.6), heardIn(right, 0.6)]).toEqual([[microphoneTone], tones]);
  expect([heardIn(left, 2.6), heardIn(right, 2.6)]).toEqual([[microphoneTone], [tones[0]]]);
  // Everybody is let know.
  const signals = ears.map(({ frames }, nth) =>
    amplitudeOf(1400, joined(frames.slice(from[nth], (from[nth] ?? 0) + 20)), 8000),
  );
  for (const signal of signals) expect(signal).toBeGreaterThan(500);
});
