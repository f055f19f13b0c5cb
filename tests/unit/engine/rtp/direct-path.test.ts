import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { DirectPath } from '../../../../engine/rtp/direct-path.ts';
import { PortPool } from '../../../../engine/rtp/port-pool.ts';

const host = '127.0.0.1';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function openPath() {
  const path = await DirectPath.open({
    localAddress: host,
    portMin: 36_000,
    portMax: 36_900,
    ports: new PortPool(),
    log: silentLogger,
  });
  open.push(path);
  const heard: string[] = [];
  path.listen({
    rtp: (datagram) => heard.push(`rtp ${datagram.length}`),
    rtcp: (datagram) => heard.push(`rtcp ${datagram.length}`),
  });
  path.onDtls((datagram, component) => heard.push(`dtls ${datagram.length} on ${component}`));
  return { path, heard };
}

async function openPeer() {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  open.push(socket);
  const heard: Buffer[] = [];
  const ports: number[] = [];
  socket.on('message', (datagram, from) => {
    heard.push(datagram);
    ports.push(from.port);
  });
  return { socket, port: socket.address().port, heard, ports };
}

const soon = async (what: () => boolean): Promise<void> => {
  const deadline = Date.now() + 2000;
  while (!what() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
};
const dtlsRecord = Uint8Array.from([22, 254, 253, 0]);
const report = Uint8Array.from([0x80, 201, 0, 1, 0, 0, 0, 1]);

describe('a direct path', () => {
  it('sends reports from the RTP port to the RTP port where both share it', async () => {
    const { path } = await openPath();
    const peer = await openPeer();
    path.setRemote({ address: host, port: peer.port, rtcpPort: 9, rtcpMux: true, ice: null });
    await path.sendRtcp(report, null);
    await soon(() => peer.heard.length > 0);
    expect(peer.heard).toEqual([Buffer.from(report)]);
    expect(peer.ports).toEqual([path.localPort]);
  });

  it('tells sound, reports and DTLS apart that come to one port', async () => {
    const { path, heard } = await openPath();
    const peer = await openPeer();
    path.setRemote({ address: host, port: peer.port, rtcpPort: 9, rtcpMux: true, ice: null });
    for (const datagram of [Uint8Array.from([0x80, 0, 0]), report, dtlsRecord])
      peer.socket.send(datagram, path.localPort, host);
    await soon(() => heard.length === 3);
    expect(heard).toEqual(['rtp 3', 'rtcp 8', 'dtls 4 on 1']);
  });

  it('sends DTLS to where SDP says, and then to where it comes from', async () => {
    const { path } = await openPath();
    const [named, actual] = [await openPeer(), await openPeer()];
    path.setRemote({ address: host, port: named.port, rtcpPort: 9, rtcpMux: true, ice: null });
    path.sendDtls(dtlsRecord, 1);
    await soon(() => named.heard.length === 1);
    actual.socket.send(dtlsRecord, path.localPort, host);
    await new Promise((resolve) => setTimeout(resolve, 30));
    path.sendDtls(dtlsRecord, 1);
    await soon(() => actual.heard.length === 1);
    expect([named.heard.length, actual.heard.length]).toEqual([1, 1]);
  });

  it('sends DTLS of RTCP between the ports of RTCP', async () => {
    const { path, heard } = await openPath();
    const peer = await openPeer();
    path.setRemote({ address: host, port: 9, rtcpPort: peer.port, rtcpMux: false, ice: null });
    path.sendDtls(dtlsRecord, 2);
    await soon(() => peer.heard.length === 1);
    expect(peer.ports).toEqual([path.localPort + 1]);
    peer.socket.send(dtlsRecord, path.localPort + 1, host);
    await soon(() => heard.length === 1);
    expect(heard).toEqual(['dtls 4 on 2']);
  });

  it('leads nowhere before the far side is named, to port 0, and to the address of an old hold', async () => {
    const { path } = await openPath();
    expect(path.leads(null)).toBe(false);
    for (const [address, port, leads] of [
      [host, 0, false],
      ['0.0.0.0', 4000, false],
      [host, 4000, true],
    ] as const) {
      path.setRemote({ address, port, rtcpPort: port + 1, rtcpMux: false, ice: null });
      expect(path.leads(null)).toBe(leads);
    }
  });
});
