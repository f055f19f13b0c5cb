/** The ways of sound through a real TURN server: coturn over UDP, TCP and TLS, with both kinds of credentials, and calls by relays alone. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../engine/log.ts';
import type { IceOptions } from '../../engine/nat/ice-description.ts';
import { timeLimitedCredential } from '../../engine/nat/turn-uri.ts';
import { computerNetwork } from '../../engine/rtp/ice-network.ts';
import { IcePath } from '../../engine/rtp/ice-path.ts';
import type { PathEvent } from '../../engine/rtp/media-path.ts';
import { PortPool } from '../../engine/rtp/port-pool.ts';
import { systemClock } from '../../engine/net/clock.ts';
import { TestAuthority } from '../support/certificates.ts';
import { Coturn } from '../support/coturn.ts';
import { skipWhen } from '../support/skip.ts';

const missing = await Coturn.missing();
const user = { username: 'anna', password: 'north star' };
const secret = 'shared by all';
let authority: TestAuthority;
let servers: { password: Coturn; secret: Coturn };

beforeAll(async () => {
  if (missing !== undefined) return;
  authority = await TestAuthority.create();
  const certificate = await authority.issue({ hosts: ['127.0.0.1'] });
  servers = {
    password: await Coturn.start({ credential: user, certificate }),
    secret: await Coturn.start({ credential: { secret } }),
  };
}, 120_000);
beforeEach(skipWhen(missing));
afterAll(() => Promise.all([servers?.password.close(), servers?.secret.close()]));

async function openPath(turn: IceOptions['turnServers'][number]) {
  const network = computerNetwork({
    portMin: 41_000,
    portMax: 41_400,
    ports: new PortPool(),
    authorities: authority.certificate,
    onError: () => undefined,
  });
  const path = await IcePath.open({
    localAddress: '127.0.0.1',
    ice: {
      stunServers: [],
      turnServers: [turn],
      policy: 'relay',
      authorities: authority.certificate,
      trickle: false,
    },
    network,
    clock: systemClock,
    random: (count) => randomBytes(count),
    log: silentLogger,
  });
  const events: PathEvent[] = [];
  const heard: string[] = [];
  path.onEvent((event) => events.push(event));
  path.listen({
    rtp: (datagram) => heard.push(datagram.subarray(2).toString()),
    rtcp: () => undefined,
  });
  return { path, events, heard };
}
type Side = Awaited<ReturnType<typeof openPath>>;

const remoteOf = ({ path }: Side, ours: Side, controlling: boolean) => ({
  address: path.localAddress,
  port: path.localPort,
  rtcpPort: path.localPort + 1,
  rtcpMux: false,
  ice: { ...path.ice, lite: false, trickles: false, ours: ours.path.ice.ufrag, controlling },
});

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 8_000;
  while (!what() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}

const turnAt = (protocol: 'udp' | 'tcp' | 'tls') =>
  protocol === 'tls'
    ? `turns:127.0.0.1:${servers.password.tlsPort}`
    : `turn:127.0.0.1:${servers.password.port}?transport=${protocol}`;

async function talkOver(turn: IceOptions['turnServers'][number], protocol: string): Promise<void> {
  const [caller, callee] = [await openPath(turn), await openPath(turn)];
  try {
    for (const { path } of [caller, callee]) {
      // Nothing in the description is an address of this computer but the server's.
      expect(path.ice.candidates.every((candidate) => candidate.includes(' typ relay '))).toBe(true);
      expect(path.localPort).toBeGreaterThanOrEqual(43_000);
    }
    callee.path.setRemote(remoteOf(caller, callee, false));
    caller.path.setRemote(remoteOf(callee, caller, true));
    await until(() => caller.path.leads(null) && callee.path.leads(null));
    for (let packet = 0; packet < 10; packet += 1) {
      caller.path.sendRtp(Buffer.from([0x80, 0, ...Buffer.from(`sound ${packet}`)]), null);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => callee.heard.length === 10);
    expect(callee.heard).toEqual(Array.from({ length: 10 }, (_, packet) => `sound ${packet}`));
    const told = caller.events.flatMap((event) => (event.type === 'path' ? [event.path] : [])).at(-1);
    expect(told).toMatchObject({ local: 'relay', remote: 'relay', protocol });
  } finally {
    await Promise.all([caller.path.close(), callee.path.close()]);
  }
}

describe('two phones that may use relays alone', () => {
  it.each(['udp', 'tcp', 'tls'] as const)(
    'talk through coturn over %s',
    async (protocol) => {
      await talkOver({ url: turnAt(protocol), ...user }, protocol);
    },
    20_000,
  );

  it('talk by credentials that end with the day', async () => {
    const url = `turn:127.0.0.1:${servers.secret.port}`;
    await talkOver({ url, ...timeLimitedCredential(secret, 'anna', Date.now()) }, 'udp');
  }, 20_000);

  it('say which server refuses, and why, when the password is wrong', async () => {
    await expect(openPath({ url: turnAt('udp'), ...user, password: 'south' })).rejects.toMatchObject({
      error: { code: 'media.turn', parameters: { reason: 'it does not accept the user name or password' } },
    });
  }, 20_000);
});
