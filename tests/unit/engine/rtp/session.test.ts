import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import {
  ntpMiddle,
  ntpTime,
  parseRtcp,
  serialiseRtcp,
  type RtcpPacket,
} from '../../../../engine/rtp/rtcp.ts';
import { parseRtp, serialiseRtp, type RtpPacket } from '../../../../engine/rtp/packet.ts';
import { PortPool } from '../../../../engine/rtp/port-pool.ts';
import { plain, sealed } from '../../../../engine/rtp/packet-protection.ts';
import { RtpSession } from '../../../../engine/rtp/session.ts';
import { useHandMovedTime } from '../../../support/hand-moved-time.ts';

const host = '127.0.0.1';
const pass = useHandMovedTime();
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function openSession(
  localAddress = host,
  packet: (packet: RtpPacket) => void = () => undefined,
  ports = new PortPool(),
): Promise<RtpSession> {
  const session = await RtpSession.open(
    {
      localAddress,
      portMin: 36_000,
      portMax: 36_900,
      ports,
      clockRate: 8000,
      now: () => performance.now(),
      wallClock: Date.now,
      log: silentLogger,
    },
    { packet, source: () => undefined },
  );
  open.push(session);
  return session;
}

async function openControl(): Promise<{
  port: number;
  reports: RtcpPacket[][];
  send(packets: RtcpPacket[], to: number): void;
}> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  open.push(socket);
  const reports: RtcpPacket[][] = [];
  socket.on('message', (datagram) => {
    const parsed = parseRtcp(datagram);
    if (parsed.ok) reports.push(parsed.value);
  });
  return {
    port: socket.address().port,
    reports,
    send: (packets, to) => socket.send(serialiseRtcp(packets), to, host),
  };
}

const sound = { payloadType: 0, marker: false, payload: new Uint8Array(160) };

describe('an RTP session', () => {
  it('reports what it sends, with its name, within four seconds, and says goodbye', async () => {
    const control = await openControl();
    const session = await openSession();
    session.setRemote({
      address: host,
      port: 9,
      rtcpPort: control.port,
      payloadTypes: [0],
      rtcpMux: false,
      ice: null,
    });
    for (let index = 0; index < 10; index += 1) session.send({ ...sound, timestamp: 1000 + 160 * index });
    await pass(4000);
    const [report, description] = control.reports[0] ?? [];
    expect(report).toMatchObject({
      type: 'sender-report',
      ssrc: session.ssrc,
      packetCount: 10,
      octetCount: 1600,
      reports: [],
    });
    const ntp = ntpTime(Date.now()).seconds;
    expect(report?.type === 'sender-report' && Math.abs(report.ntpSeconds - ntp)).toBeLessThanOrEqual(5);
    expect(description?.type === 'source-description' && description.chunks[0]?.cname).toMatch(/^\S{16}$/);
    await session.close();
    await pass(20);
    const last = control.reports[control.reports.length - 1] ?? [];
    expect(last[last.length - 1]).toEqual({ type: 'bye', ssrcs: [session.ssrc], reason: '' });
  });

  it('measures the round trip from reports about itself, and answers where reports come from', async () => {
    const control = await openControl();
    const session = await openSession();
    session.setRemote({ address: host, port: 9, rtcpPort: 9, payloadTypes: [0], rtcpMux: false, ice: null });
    session.send({ ...sound, timestamp: 0 });
    const about = {
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequence: 1,
      jitter: 0,
      lastSenderReport: (ntpMiddle(ntpTime(Date.now())) - 65_536) >>> 0,
      delaySinceLastSenderReport: 65_536 * 0.9,
    };
    const stranger = { type: 'receiver-report', ssrc: 5, reports: [{ ...about, ssrc: 77 }] } as const;
    control.send([{ ...stranger, reports: [...stranger.reports] }], session.localPort + 1);
    await pass(30);
    expect(session.counters.rttMs).toBeNull();
    control.send(
      [{ type: 'receiver-report', ssrc: 5, reports: [{ ...about, ssrc: session.ssrc }] }],
      session.localPort + 1,
    );
    await pass(30);
    // A tenth of a second, and what has passed since.
    expect(session.counters.rttMs).toBeGreaterThanOrEqual(129);
    expect(session.counters.rttMs).toBeLessThanOrEqual(132);
    await session.close();
    await pass(20);
    expect(control.reports.length).toBe(1);
  });

  it('begins each stream with numbers of its own', async () => {
    const [a, b] = [await openSession(), await openSession()];
    expect(a.ssrc).not.toBe(b.ssrc);
    expect(a.firstTimestamp).not.toBe(b.firstTimestamp);
    expect(a.localPort).not.toBe(b.localPort);
  });

  it('moves to another address and goes on with its stream; what comes to the old one is heard for a while', async () => {
    const far = createSocket('udp4');
    await new Promise<void>((resolve) => far.bind(0, host, resolve));
    open.push(far);
    const sent: { from: string; packet: RtpPacket }[] = [];
    far.on('message', (datagram, { address, port }) => {
      const parsed = parseRtp(datagram);
      if (parsed.ok) sent.push({ from: `${address}:${port}`, packet: parsed.value });
    });
    const heard: RtpPacket[] = [];
    const session = await openSession(host, (packet) => heard.push(packet));
    const remote = {
      address: host,
      port: far.address().port,
      rtcpPort: 9,
      payloadTypes: [0],
      rtcpMux: false,
      ice: null,
    };
    session.setRemote(remote);
    const before = `${session.localAddress}:${session.localPort}`;
    session.send({ ...sound, timestamp: 160 });
    const oldPort = session.localPort;
    await session.move('127.0.0.2');
    expect(session.localAddress).toBe('127.0.0.2');
    const after = `${session.localAddress}:${session.localPort}`;
    expect(after).not.toBe(before);
    session.send({ ...sound, timestamp: 320 });
    const theirs = { ...sound, csrcs: [], extension: null, ssrc: 5, timestamp: 0 };
    for (const sequenceNumber of [1, 2]) far.send(serialiseRtp({ ...theirs, sequenceNumber }), oldPort, host);
    for (const sequenceNumber of [3, 4])
      far.send(serialiseRtp({ ...theirs, sequenceNumber }), session.localPort, '127.0.0.2');
    await pass(50);
    expect(sent.map(({ from }) => from)).toEqual([before, after]);
    const [first, second] = sent.map(({ packet }) => packet);
    expect(second?.ssrc).toBe(first?.ssrc);
    expect(second?.sequenceNumber).toBe(((first?.sequenceNumber ?? 0) + 1) & 0xffff);
    expect(heard.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 3, 4]);
  });

  it('stays where it is when it cannot move, and frees every port at its end', async () => {
    const ports = new PortPool(() => 0);
    const session = await openSession(host, () => undefined, ports);
    await expect(session.move('192.0.2.55')).rejects.toThrow('EADDRNOTAVAIL');
    expect(session.localAddress).toBe(host);
    await session.move('127.0.0.2');
    await session.close();
    await expect(session.move('127.0.0.3')).rejects.toThrow('has ended');
    expect([...ports.candidates(36_000, 36_900)]).toHaveLength(450);
  });

  it('works over IPv6', async () => {
    const session = await openSession('::1');
    session.setRemote({ address: '::1', port: 9, rtcpPort: 9, payloadTypes: [0], rtcpMux: false, ice: null });
    session.send({ ...sound, timestamp: 0 });
    expect(session.counters.sent).toBe(1);
  });

  it('rejects for an address that is not this computer’s', async () => {
    await expect(openSession('192.0.2.55')).rejects.toThrow('EADDRNOTAVAIL');
  });

  it('sends nothing and hears nothing while it waits for keys, and counts what it refused', async () => {
    const heard: RtpPacket[] = [];
    const [here, there] = [await openSession(host, (packet) => heard.push(packet)), await openSession()];
    const remote = (port: number) => ({
      address: host,
      port,
      rtcpPort: port + 1,
      payloadTypes: [0],
      rtcpMux: false,
      ice: null,
    });
    here.setRemote(remote(there.localPort));
    there.setRemote(remote(here.localPort));
    here.setProtection(sealed);
    here.send({ ...sound, timestamp: 0 });
    expect(here.counters.sent).toBe(0);
    there.send({ ...sound, timestamp: 0 });
    await vi.waitFor(() => expect(here.counters.refused).toBe(1));
    expect(heard).toEqual([]);
    here.setProtection(plain);
    for (let index = 1; index < 4; index += 1) there.send({ ...sound, timestamp: 160 * index });
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
  });
});
