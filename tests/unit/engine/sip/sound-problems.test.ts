/** Whole calls with far sides that misbehave, each in its own way: the phone finds out what is wrong, and says nothing where nothing is. */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { encodeAudioMessage, frameSamples } from '../../../../contract/audio-frames.ts';
import type { SoundProblem } from '../../../../contract/snapshot.ts';
import type { AudioLink, MediaEngine } from '../../../../engine/media/media-engine.ts';
import type { Call } from '../../../../engine/sip/call.ts';
import { peerDescription, sipPeer, type PeerMessage } from '../../../support/sip-peer.ts';
import { speech } from '../../../support/speech.ts';
import { registeredWithin, testLine, testMediaThread } from '../../../support/test-line.ts';

const frameMs = 20;
const reportMs = 1_000;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** What a far side sends: payload type and a code that fills its packets; null sends nothing. */
interface Manners {
  payloadType: number;
  code: (index: number) => number;
  /** Its reports say that nothing of ours comes. */
  deaf?: boolean;
}

const sound = (index: number) => (index % 8 < 4 ? 0x9a : 0x1a);
const manners: Record<string, Manners | 'gone' | null> = {
  well: { payloadType: 0, code: sound },
  mute: null,
  foreign: { payloadType: 18, code: sound },
  silent: { payloadType: 0, code: () => 0xff },
  deaf: { payloadType: 0, code: sound, deaf: true },
  astray: { payloadType: 0, code: sound, deaf: true },
  gone: 'gone',
};

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const socket = await bound();
  const { port } = socket.address();
  closers.pop();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  closers.push(() => socket.close());
  return socket;
}

/** A receiver report that stays at the first packet (RFC 3550 §6.4.2). */
function stuckReport(own: number, ours: Buffer): Buffer {
  const report = Buffer.alloc(32);
  report.writeUInt32BE(0x81c90007, 0);
  report.writeUInt32BE(own, 4);
  ours.copy(report, 8);
  report.writeUInt32BE(1, 16);
  return report;
}

/** The far side's sound: answers with where it is expected. */
async function openFarSide(
  behaviour: Manners | 'gone' | null,
): Promise<{ ports: [number, number]; start(to: number): void }> {
  if (behaviour === 'gone')
    return { ports: [await closedPort(), await closedPort()], start: () => undefined };
  const [rtp, rtcp] = [await bound(), await bound()];
  const ssrc = 0x1234_5678;
  let ours: Buffer | undefined;
  rtp.on('message', (packet) => (ours = packet.subarray(8, 12)));
  const start = (to: number) => {
    if (behaviour === null) return;
    let count = 0;
    const send = () => {
      const packet = Buffer.alloc(172);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt8(behaviour.payloadType, 1);
      packet.writeUInt16BE(count & 0xffff, 2);
      packet.writeUInt32BE(count * 160, 4);
      packet.writeUInt32BE(ssrc, 8);
      for (let index = 0; index < 160; index += 1) packet[12 + index] = behaviour.code(index);
      rtp.send(packet, to, '127.0.0.1');
      count += 1;
    };
    const report = () => {
      if (behaviour.deaf === true && ours !== undefined)
        rtcp.send(stuckReport(ssrc, ours), to + 1, '127.0.0.1');
    };
    const timers = [setInterval(send, frameMs), setInterval(report, reportMs)];
    closers.push(() => timers.forEach(clearInterval));
  };
  return { ports: [rtp.address().port, rtcp.address().port], start };
}

/** A microphone that speaks, until somebody unplugs it from what it hears. */
async function speakInto(media: MediaEngine): Promise<{ fallSilent(): void }> {
  const { samples } = await speech({ seconds: 4, rate: 48_000 });
  let listener: (message: ArrayBuffer) => void = () => undefined;
  const link: AudioLink = {
    send: () => undefined,
    onMessage: (heard) => (listener = heard),
    close: () => undefined,
  };
  media.attachLink(link);
  let [sequence, gain] = [0, 1 / 32_768];
  const timer = setInterval(() => {
    const frame = Float32Array.from({ length: frameSamples }, (_, index) => {
      const sample = samples[(sequence * frameSamples + index) % samples.length] ?? 0;
      return gain * sample;
    });
    listener(encodeAudioMessage({ kind: 'capture', sequence, timeMs: performance.now(), samples: frame }));
    sequence += 1;
  }, frameMs);
  closers.push(() => clearInterval(timer));
  return { fallSilent: () => (gain = 0) };
}

it(
  'finds what is wrong with the sound of each call, and nothing where nothing is',
  { timeout: 60_000 },
  async () => {
    const peer = await sipPeer();
    closers.push(() => peer.close());
    const contact = `Contact: <sip:line@127.0.0.1:${peer.port}>`;
    const answer = async (request: PeerMessage) => {
      if (request.method === 'ACK') return;
      if (request.method !== 'INVITE') return peer.reply(request, '200 OK', [contact]);
      const [, name = ''] = /^INVITE sip:(\w+)@/.exec(request.startLine) ?? [];
      const farSide = await openFarSide(manners[name] ?? null);
      const [port, rtcpPort] = farSide.ports;
      const description = peerDescription(port, '0 101', [`a=rtcp:${rtcpPort}`]);
      const named = name === 'astray' ? description.replaceAll('127.0.0.1', '127.0.0.9') : description;
      peer.reply(request, '200 OK', [contact], named);
      farSide.start(Number(/^m=audio (\d+) /m.exec(request.body)?.[1]));
    };
    peer.onRequest = (request) => void answer(request);

    const media = testMediaThread();
    closers.push(() => media.close());
    const line = testLine({ host: '127.0.0.1', port: peer.port, user: '1000', password: 'x', media });
    closers.push(() => line.close());
    expect(await registeredWithin(line, 1)).toBe(true);
    const microphone = await speakInto(media);

    const call = (name: string, source: 'device' | 'silence' = 'silence'): Call =>
      line.userAgent.call(name, {
        id: `${name}-${source}`,
        source: { kind: source },
        sink: { kind: 'none' },
      });
    const muted = call('well', 'device');
    const gone = call('gone');
    const calls: [Call, SoundProblem['cause'] | null][] = [
      [muted, 'muted-and-speaking'],
      [call('mute'), 'nothing-comes'],
      [call('foreign'), 'wrong-codec'],
      [call('deaf'), 'far-side-hears-nothing'],
      [call('astray'), 'comes-from-elsewhere'],
      [gone, 'nothing-comes'],
      [call('silent'), 'far-side-silent'],
    ];
    const well = call('well');
    await expect.poll(() => muted.snapshot.state, { timeout: 10_000 }).toBe('connected');
    muted.setMuted(true);
    for (const [each, cause] of calls)
      await expect.poll(() => each.snapshot.soundProblem?.cause, { timeout: 20_000 }).toBe(cause);
    await expect
      .poll(() => gone.snapshot.soundProblem?.sentence)
      .toContain('packets to 127.0.0.1 are refused');
    expect(well.snapshot.soundProblem).toBeNull();
    muted.setMuted(false);
    await expect.poll(() => muted.snapshot.soundProblem, { timeout: 10_000 }).toBeNull();
    microphone.fallSilent();
    await expect
      .poll(() => muted.snapshot.soundProblem?.cause, { timeout: 15_000 })
      .toBe('microphone-silent');
  },
);
