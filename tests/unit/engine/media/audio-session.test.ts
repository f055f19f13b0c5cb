import { createSocket, type Socket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { PhoneFailure } from '../../../../contract/errors.ts';
import { AudioSession, type AudioSessionEvent } from '../../../../engine/media/audio-session.ts';
import { recordingDelay } from '../../../../engine/media/playout.ts';
import type { MediaParameters } from '../../../../engine/media/media-engine.ts';
import { muLawEncode } from '../../../../native-wasm/g711.ts';
import { parseRtp, serialiseRtp, type RtpPacket } from '../../../../engine/rtp/packet.ts';
import { useHandMovedTime } from '../../../support/hand-moved-time.ts';
import { bestCorrelation, noiseSource, recorder, seeded } from './sounds.ts';
import { mediaParameters } from '../../../support/media-parameters.ts';

const host = '127.0.0.1';
const pass = useHandMovedTime();
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function track<T extends { close(): unknown }>(each: T): T {
  open.push(each);
  return each;
}

async function openSession(
  options: Partial<Parameters<typeof AudioSession.open>[0]> = {},
): Promise<AudioSession> {
  return track(await AudioSession.open({ localAddress: host, portMin: 34_000, portMax: 34_900, ...options }));
}

function towards(remotePort: number, change: Partial<MediaParameters> = {}): MediaParameters {
  return mediaParameters({ remoteAddress: host, remotePort }, change);
}

function digitsOf(
  session: AudioSession,
  direction: 'sent' | 'received',
): { text: () => string; ms: number[] } {
  const heard: AudioSessionEvent[] = [];
  session.on((event) => {
    if (event.type === 'digit' && event.direction === direction) heard.push(event);
  });
  const ms: number[] = [];
  return {
    text: () => heard.map((event) => (event.type === 'digit' ? event.digit : '')).join(''),
    get ms() {
      return heard.map((event) => (event.type === 'digit' ? event.durationMs : 0)).concat(ms);
    },
  };
}

/** A bare UDP socket in the far phone's place. */
async function openPeer(): Promise<{ socket: Socket; port: number; packets: RtpPacket[]; close(): void }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const packets: RtpPacket[] = [];
  socket.on('message', (datagram) => {
    const parsed = parseRtp(datagram);
    if (parsed.ok) packets.push(parsed.value);
  });
  return track({ socket, port: socket.address().port, packets, close: () => socket.close() });
}

/** Relays datagrams between two sessions, losing some of them. */
async function openLossyRelay(
  loss: number,
  random: () => number,
): Promise<{ join(a: number, b: number): void; ports: [number, number] }> {
  const left = await openPeer();
  const right = await openPeer();
  return {
    ports: [left.port, right.port],
    join(a, b) {
      left.socket.on('message', (datagram) => {
        if (random() >= loss) right.socket.send(datagram, b, host);
      });
      right.socket.on('message', (datagram) => {
        if (random() >= loss) left.socket.send(datagram, a, host);
      });
    },
  };
}

describe('two sessions that call each other', () => {
  for (const packetTimeMs of [20, 30]) {
    it(`carry sound both ways without a gap, ${packetTimeMs} ms a packet`, async () => {
      const [heardByA, heardByB] = [recorder(), recorder()];
      const [saidByA, saidByB] = [noiseSource(1), noiseSource(2)];
      const a = await openSession({ source: saidByA, sink: heardByA, playoutDelay: recordingDelay });
      const b = await openSession({ source: saidByB, sink: heardByB, playoutDelay: recordingDelay });
      a.start(towards(b.localPort, { packetTimeMs }));
      b.start(
        towards(a.localPort, {
          packetTimeMs,
          codec: { name: 'PCMA', payloadType: 8, clockRate: 8000, sampleRate: 8000 },
        }),
      );
      await pass(2500);
      expect(bestCorrelation(saidByA.samples(), heardByB.samples(), 8000)).toBeGreaterThan(0.98);
      expect(bestCorrelation(saidByB.samples(), heardByA.samples(), 8000)).toBeGreaterThan(0.98);
      const stats = await a.close();
      expect(stats.lost).toBe(0);
      expect(stats.late).toBe(0);
      expect(stats.concealedMs).toBe(0);
      expect(stats.bufferMs).toBeLessThanOrEqual(130);
      expect(stats.codec).toBe('PCMU');
    });
  }

  it('tell the first packet, statistics each second and levels ten times a second', async () => {
    const a = await openSession({ source: noiseSource(3) });
    const b = await openSession();
    const events: AudioSessionEvent[] = [];
    b.on((event) => events.push(event));
    b.start(towards(a.localPort));
    a.start(towards(b.localPort));
    await pass(1300);
    const count = (type: string): number => events.filter((event) => event.type === type).length;
    expect(events.find(({ type }) => type === 'first-packet')).toEqual({
      type: 'first-packet',
      address: host,
      port: a.localPort,
    });
    expect(count('first-packet')).toBe(1);
    expect(count('stats')).toBe(1);
    expect(count('levels')).toBeGreaterThanOrEqual(11);
    const last = events.filter((event) => event.type === 'levels').pop();
    expect(last?.type === 'levels' && last.speakerDb).toBeGreaterThan(-20);
    expect(last?.type === 'levels' && last.microphoneDb).toBe(-127);
  });

  it('hear every key once over a network that loses 20% of the packets', async () => {
    const seed = 20_261_121;
    console.log(`seed ${seed}`);
    const relay = await openLossyRelay(0.2, seeded(seed));
    const a = await openSession();
    const b = await openSession();
    relay.join(a.localPort, b.localPort);
    const heard = digitsOf(b, 'received');
    const sent = digitsOf(a, 'sent');
    a.start(towards(relay.ports[0]));
    b.start(towards(relay.ports[1]));
    const keys = '0123456789*#ABCD11';
    a.sendDigits(keys, { durationMs: 100, gapMs: 60 });
    await pass(keys.length * 170 + 600);
    expect(sent.text()).toBe(keys);
    expect(heard.text()).toBe(keys);
    for (const ms of heard.ms) expect(ms).toBeLessThanOrEqual(120);
  });

  it('conceal what is lost and keep the time base', async () => {
    const relay = await openLossyRelay(0.05, seeded(7));
    const said = noiseSource(4);
    const heard = recorder();
    const a = await openSession({ source: said });
    const b = await openSession({ sink: heard, playoutDelay: recordingDelay });
    relay.join(a.localPort, b.localPort);
    a.start(towards(relay.ports[0]));
    b.start(towards(relay.ports[1]));
    await pass(3000);
    const stats = b.stats();
    expect(stats.lost).toBeGreaterThan(0);
    expect(stats.concealedMs).toBeGreaterThanOrEqual(stats.lost * 20 - 60);
    expect(stats.concealedMs).toBeLessThanOrEqual(stats.lost * 20 + 20);
    // The first and the last second line up with one and the same delay.
    expect(bestCorrelation(said.samples(), heard.samples(), 16_000)).toBeGreaterThan(0.9);
  });
});

it('two sessions tell each other how they are heard over a network that loses packets', async () => {
  const relay = await openLossyRelay(0.06, seeded(12));
  const [a, b] = [
    await openSession({ source: noiseSource(8) }),
    await openSession({ source: noiseSource(9) }),
  ];
  relay.join(a.localPort, b.localPort);
  const told = { rtcpMux: true, extendedReports: { voipMetrics: true, roundTrip: true } };
  a.start(towards(relay.ports[0], told));
  b.start(towards(relay.ports[1], told));
  await pass(25_000);
  for (const [here, there] of [
    [a.stats(), b.stats()],
    [b.stats(), a.stats()],
  ] as const) {
    expect(there.lost).toBeGreaterThan(30);
    const { remote } = here;
    // Told a few seconds ago at most.
    expect(remote?.lostPercent).toBeGreaterThan(3);
    expect(remote?.lostPercent).toBeLessThan(9);
    expect(remote?.mos).toBeGreaterThan(1.5);
    expect(remote?.mos).toBeLessThan(4.2);
    expect(remote?.discardedPercent).toBeLessThan(1);
    expect(Math.abs((remote?.endDelayMs ?? 0) - (there.bufferMs + 20))).toBeLessThanOrEqual(40);
    // Nothing takes time between them.
    expect(here.rttMs).toBeLessThan(10);
    expect(here.delayMs).toBeGreaterThan(20);
  }
});

describe('what goes onto the wire', () => {
  it('is one packet every 20 ms with the sequence and the timestamp of RFC 3550, M on the first only', async () => {
    const peer = await openPeer();
    const a = await openSession();
    a.start(towards(peer.port));
    await pass(500);
    expect(peer.packets.length).toBeGreaterThanOrEqual(23);
    expect(peer.packets.length).toBeLessThanOrEqual(25);
    const [first, ...rest] = peer.packets;
    expect(first?.marker).toBe(true);
    let before = first;
    for (const packet of rest) {
      expect(packet.marker).toBe(false);
      expect(packet.ssrc).toBe(before?.ssrc);
      expect((packet.sequenceNumber - (before?.sequenceNumber ?? 0)) & 0xffff).toBe(1);
      expect((packet.timestamp - (before?.timestamp ?? 0)) >>> 0).toBe(160);
      expect(packet.payload.length).toBe(160);
      before = packet;
    }
  });

  it('goes on while muted, with comfort silence', async () => {
    const peer = await openPeer();
    const a = await openSession({ source: noiseSource(5) });
    a.setMuted(true);
    a.start(towards(peer.port));
    await pass(400);
    expect(peer.packets.length).toBeGreaterThanOrEqual(18);
    const payload = peer.packets[5]?.payload ?? new Uint8Array();
    // µ-law codes next to silence: exponent 0.
    expect([...payload].every((code) => (~code & 0x70) === 0)).toBe(true);
    expect(new Set(payload).size).toBeGreaterThan(1);
  });

  it('describes pauses instead of sending them where comfort noise was agreed, after the first two seconds', async () => {
    const peer = await openPeer();
    const a = await openSession({ source: noiseSource(5) });
    a.setMuted(true);
    a.start(towards(peer.port, { comfortNoisePayloadType: 13 }));
    await pass(2800);
    const pauses = peer.packets.filter(({ payloadType }) => payloadType === 13);
    const sounds = peer.packets.filter(({ payloadType }) => payloadType === 0);
    expect(sounds.length).toBeGreaterThan(90);
    expect(sounds.length).toBeLessThan(105);
    expect(pauses.length).toBeGreaterThanOrEqual(1);
    expect(pauses.length).toBeLessThan(6);
    expect(pauses[0]?.payload.length).toBe(11);
    expect(((pauses[0]?.timestamp ?? 0) - (sounds[0]?.timestamp ?? 0)) >>> 0).toBeGreaterThanOrEqual(
      100 * 160,
    );
  });

  it('stops while the direction is inactive and goes on afterwards in the same stream', async () => {
    const peer = await openPeer();
    const a = await openSession();
    a.start(towards(peer.port));
    await pass(200);
    a.start(towards(peer.port, { direction: 'inactive' }));
    await pass(50);
    const count = peer.packets.length;
    await pass(200);
    expect(peer.packets.length).toBe(count);
    a.start(towards(peer.port));
    await pass(150);
    const before = peer.packets[count - 1];
    const after = peer.packets[count];
    expect(after?.marker).toBe(true);
    expect(after?.ssrc).toBe(before?.ssrc);
    expect(((after?.sequenceNumber ?? 0) - (before?.sequenceNumber ?? 0)) & 0xffff).toBe(1);
    expect(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0).toBeGreaterThan(1600);
  });

  it('carries keys as RFC 4733 asks: one timestamp, M once, growing duration, three end packets, sound afterwards on time', async () => {
    const peer = await openPeer();
    const a = await openSession();
    a.start(towards(peer.port));
    await pass(60);
    a.sendDigits('5', { durationMs: 160, gapMs: 100 });
    await pass(450);
    const keys = peer.packets.filter(({ payloadType }) => payloadType === 101);
    expect(keys.map(({ marker }) => marker)).toEqual([true, ...Array<boolean>(9).fill(false)]);
    expect(new Set(keys.map(({ timestamp }) => timestamp)).size).toBe(1);
    const durations = keys.map(({ payload }) => ((payload[2] ?? 0) << 8) | (payload[3] ?? 0));
    expect(durations).toEqual([160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280]);
    expect(keys.map(({ payload }) => (payload[1] ?? 0) >> 7)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(new Set(keys.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(10);
    const next = peer.packets[peer.packets.indexOf(keys[9] as RtpPacket) + 1];
    expect(((next?.timestamp ?? 0) - (keys[0]?.timestamp ?? 0)) >>> 0).toBe(1600);
  });
});

describe('parameters that make no sense', () => {
  it.each([
    { remotePort: 0 },
    { remotePort: 65_535 },
    { remoteAddress: '0.0.0.0' },
    { remoteAddress: '::1' },
    { packetTimeMs: 0 },
    { packetTimeMs: Number.NaN },
    { packetTimeMs: 17 },
  ])('harm nothing: %o', async (change) => {
    const peer = await openPeer();
    const a = await openSession();
    a.start(towards(peer.port, change));
    await pass(70);
    a.start(towards(peer.port));
    await pass(70);
    expect(peer.packets.length).toBeGreaterThan(0);
    expect(peer.packets.length).toBeLessThan(9);
    await a.close();
  });
});

describe('what comes from the network', () => {
  it('is sent back to where it comes from, not to where signalling says (symmetric RTP)', async () => {
    const named = await openPeer();
    const real = await openPeer();
    const a = await openSession();
    a.start(towards(named.port));
    await pass(100);
    expect(named.packets.length).toBeGreaterThan(2);
    for (let index = 0; index < 5; index += 1) real.socket.send(soundPacket(index, 9), a.localPort, host);
    await pass(150);
    expect(real.packets.length).toBeGreaterThan(3);
  });

  it('changes nothing when it is 100 random datagrams of 1,500 octets a second', async () => {
    const said = noiseSource(6);
    const heard = recorder();
    const stranger = await openPeer();
    const a = await openSession({ source: said });
    const b = await openSession({ sink: heard });
    a.start(towards(b.localPort));
    b.start(towards(a.localPort));
    const ids = setInterval(() => {
      stranger.socket.send(randomBytes(1500), b.localPort, host);
      stranger.socket.send(randomBytes(1500), b.localPort + 1, host);
      const sly = randomBytes(1500);
      sly.writeUInt16BE(0x8000, 0);
      stranger.socket.send(sly, b.localPort, host);
    }, 10);
    await pass(2500);
    clearInterval(ids);
    expect(stranger.packets).toEqual([]);
    expect(bestCorrelation(said.samples(), heard.samples(), 8000)).toBeGreaterThan(0.98);
    const stats = b.stats();
    expect(stats).toMatchObject({ lost: 0, late: 0 });
    expect(stats.concealedMs).toBe(0);
    expect(stats.received).toBe(a.stats().sent);
  });

  it('is counted as discarded where it comes twice, from the answer on', async () => {
    const peer = await openPeer();
    const a = await openSession({ pull: 'external' });
    a.start(towards(peer.port));
    const sendTwice = (from: number, to: number) => {
      for (let index = from; index < to; index += 1)
        for (let copy = 0; copy < 2; copy += 1) peer.socket.send(soundPacket(index, 9), a.localPort, host);
    };
    // A new source is trusted from its second packet in sequence on.
    peer.socket.send(soundPacket(0, 9), a.localPort, host);
    sendTwice(1, 10);
    await expect.poll(() => a.stats().discarded).toBe(9);
    a.restartStats();
    expect(a.stats().discarded).toBe(0);
    sendTwice(10, 12);
    await expect.poll(() => a.stats()).toMatchObject({ discarded: 2, late: 0 });
  });

  it('is dropped before the session is started', async () => {
    const peer = await openPeer();
    const a = await openSession();
    for (let index = 0; index < 5; index += 1) peer.socket.send(soundPacket(index, 9), a.localPort, host);
    await pass(50);
    expect(a.stats().received).toBe(0);
  });
});

describe('the ports', () => {
  it('are an even one and the next, and are free again after close', async () => {
    const a = await openSession({ portMin: 34_951, portMax: 34_953 });
    expect(a.localPort).toBe(34_952);
    await expect(openSession({ portMin: 34_951, portMax: 34_953 })).rejects.toSatisfy(
      (error) => error instanceof PhoneFailure && error.error.code === 'media.ports-used-up',
    );
    await a.close();
    const b = await openSession({ portMin: 34_951, portMax: 34_953 });
    expect(b.localPort).toBe(34_952);
    expect(await b.close()).toEqual(await b.close());
  });
});

function soundPacket(index: number, ssrc: number): Buffer {
  return serialiseRtp({
    payloadType: 0,
    marker: index === 0,
    sequenceNumber: 100 + index,
    timestamp: 5000 + 160 * index,
    ssrc,
    csrcs: [],
    extension: null,
    payload: muLawEncode(new Int16Array(160)),
  });
}
