/** The keys of a handshake between two phones that ICE has brought together, and what becomes of them when it begins anew. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { makeDtlsCertificate } from '../../../../engine/rtp/dtls-certificate.ts';
import { IcePath } from '../../../../engine/rtp/ice-path.ts';
import { MediaSecurity } from '../../../../engine/rtp/media-security.ts';
import { plain, sealed, type PacketProtection } from '../../../../engine/rtp/packet-protection.ts';
import { createHandClock } from '../../../support/hand-clock.ts';
import { letPass, VirtualNetwork } from '../../../support/virtual-network.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Side {
  path: IcePath;
  certificate: ReturnType<typeof makeDtlsCertificate>;
  security: MediaSecurity;
  protection: PacketProtection;
  /** Datagrams of handshakes so far. */
  said: number;
  /** Texts of packets that came and could be read. */
  heard: string[];
}

const rtpHeader = Buffer.from('800000010000000000000001', 'hex');
const rtcpHeader = Buffer.from('80c8000600000001', 'hex');
let sequence = 0;

function setUp() {
  const clock = createHandClock();
  const network = new VirtualNetwork(clock);
  const pass = (forMs: number) => letPass(clock, forMs);

  async function openSide(addresses: string[]): Promise<Side> {
    const opening = IcePath.open({
      localAddress: addresses[0] ?? '',
      ice: { stunServers: [], turnServers: [], policy: 'all', authorities: '', trickle: false },
      network: network.computer(addresses),
      clock,
      random: randomBytes,
      log: silentLogger,
    });
    await pass(2_000);
    const path = await opening;
    const certificate = makeDtlsCertificate(0);
    const side: Side = {
      ...{ path, certificate, security: undefined as never, protection: plain, said: 0, heard: [] },
    };
    side.security = new MediaSecurity({
      path: {
        onDtls: (listener) => path.onDtls(listener),
        sendDtls: (datagram, component) => {
          side.said += 1;
          path.sendDtls(datagram, component);
        },
      },
      certificate: () => certificate,
      after: (milliseconds, run) => clock.after(milliseconds, run),
      random: randomBytes,
      setProtection: (protection) => (side.protection = protection),
      onEncrypted: () => undefined,
      onFailed: (reason) => side.heard.push(reason),
      log: silentLogger,
    });
    const read = (opened: ReturnType<PacketProtection['unprotectRtp']>, headBytes: number) =>
      side.heard.push(opened.ok ? String(opened.value.subarray(headBytes)) : opened.problem);
    path.listen({
      rtp: (datagram) => read(side.protection.unprotectRtp(datagram), rtpHeader.length),
      rtcp: (datagram) => read(side.protection.unprotectRtcp(datagram), rtcpHeader.length),
    });
    closing.push(async () => {
      side.security.close();
      const closed = path.close();
      await pass(20);
      await closed;
    });
    return side;
  }

  /** What one offer and its answer settle. `ours`: the callee's credentials where they are not the usual ones. */
  function settle(caller: Side, callee: Side, ours = callee.path.ice.ufrag): void {
    const remoteOf = (theirs: Side, own: string, controlling: boolean) => ({
      address: theirs.path.localAddress,
      port: theirs.path.localPort,
      rtcpPort: theirs.path.localPort + 1,
      rtcpMux: false,
      ice: { ...theirs.path.ice, lite: false, trickles: false, ours: own, controlling },
    });
    callee.path.setRemote(remoteOf(caller, ours, false));
    caller.path.setRemote(remoteOf(callee, caller.path.ice.ufrag, true));
    const tlsIds = { local: 'one', remote: null };
    for (const [side, theirs, role] of [
      [caller, callee, 'passive'],
      [callee, caller, 'active'],
    ] as const) {
      const fingerprints = [theirs.certificate.fingerprint];
      side.security.apply({ kind: 'dtls', role, fingerprints, tlsIds }, { rtcpMux: false });
    }
  }

  /** What each side reads of a packet of sound and a report of the other. */
  async function talk(...sides: Side[]): Promise<string[][]> {
    for (const side of sides) side.heard = [];
    for (const { path, protection } of sides) {
      const sound = Buffer.concat([rtpHeader, Buffer.from('sound')]);
      sound.writeUInt16BE((sequence += 1), 2);
      const report = Buffer.concat([rtcpHeader, Buffer.from('report')]);
      const [rtp, rtcp] = [protection.protectRtp(sound), protection.protectRtcp(report)];
      if (rtp.ok) path.sendRtp(rtp.value, null);
      if (rtcp.ok) void path.sendRtcp(rtcp.value, null);
    }
    await pass(50);
    return sides.map(({ heard }) => heard.sort());
  }
  return { clock, pass, openSide, settle, talk };
}

const everything = [
  ['report', 'sound'],
  ['report', 'sound'],
];

it('finds keys for sound and reports over ICE, each on its port', async () => {
  const { pass, openSide, settle, talk } = setUp();
  const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
  settle(caller, callee);
  await pass(1_500);
  expect(await talk(caller, callee)).toEqual(everything);
});

it('keeps the keys when ICE restarts', async () => {
  const { pass, openSide, settle, talk } = setUp();
  const [caller, callee] = [await openSide(['192.0.2.1', '192.0.2.7']), await openSide(['192.0.2.2'])];
  settle(caller, callee);
  await pass(1_500);
  const said = [caller.said, callee.said];
  const moved = caller.path.move('192.0.2.7');
  await pass(2_000);
  await moved;
  settle(caller, callee, callee.path.ice.spare.ufrag);
  expect(await talk(caller, callee)).toEqual(everything);
  await pass(1_500);
  expect(await talk(caller, callee)).toEqual(everything);
  expect([caller.said, callee.said]).toEqual(said);
});

it('finds other keys when somebody else takes over, with another certificate', async () => {
  const { pass, openSide, settle, talk } = setUp();
  const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
  settle(caller, callee);
  await pass(1_500);
  const next = await openSide(['192.0.2.3']);
  settle(caller, next);
  expect(caller.protection).toBe(sealed);
  await pass(1_500);
  expect(await talk(caller, next)).toEqual(everything);
});
