import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import type { IceOptions, RemoteIce } from '../../../../engine/nat/ice-description.ts';
import { IcePath } from '../../../../engine/rtp/ice-path.ts';
import type { PathEvent } from '../../../../engine/rtp/media-path.ts';
import { createHandClock } from '../../../support/hand-clock.ts';
import { mulberry32 } from '../../../support/prng.ts';
import { letPass, VirtualNetwork } from '../../../support/virtual-network.ts';

const stun = 'stun:198.51.100.1';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Side {
  path: IcePath;
  events: PathEvent[];
  heard: string[];
  /** The way that it last told of: `host→srflx`. */
  readonly way: string;
}

function setUp(loss?: () => boolean) {
  const clock = createHandClock();
  const network = new VirtualNetwork(clock, loss);
  network.stunServer('198.51.100.1');

  /** `withinMs`: how long servers may take to answer. */
  async function openSide(
    addresses: string[],
    ice: Partial<IceOptions> = {},
    withinMs = 2_000,
  ): Promise<Side> {
    const opening = IcePath.open({
      localAddress: addresses[0] ?? '',
      ice: { stunServers: [stun], turnServers: [], policy: 'all', authorities: '', trickle: false, ...ice },
      network: network.computer(addresses),
      clock,
      random: (count) => randomBytes(count),
      log: silentLogger,
    });
    await letPass(clock, withinMs);
    const path = await opening;

    closing.push(async () => {
      const closed = path.close();
      await letPass(clock, 20);
      await closed;
    });
    const events: PathEvent[] = [];
    const heard: string[] = [];
    path.onEvent((event) => events.push(event));
    path.listen({
      rtp: (datagram, from) => heard.push(`rtp ${datagram.subarray(2)} ${from.address}`),
      rtcp: (datagram) => heard.push(`rtcp ${datagram.subarray(2)}`),
    });
    path.onDtls((datagram, component) => heard.push(`dtls ${component} ${datagram.subarray(2)}`));
    return {
      path,
      events,
      heard,
      get way() {
        const told = events.flatMap((event) => (event.type === 'path' ? [event.path] : [])).at(-1);
        return told === undefined ? '' : `${told.local}→${told.remote}`;
      },
    };
  }

  const pass = (forMs: number) => letPass(clock, forMs);
  return { clock, network, openSide, pass };
}

const remoteOf = (theirs: Side, ours: Side, offered: boolean, change: Partial<RemoteIce> = {}) => ({
  address: theirs.path.localAddress,
  port: theirs.path.localPort,
  rtcpPort: theirs.path.localPort + 1,
  rtcpMux: false,
  ice: {
    ...theirs.path.ice,
    lite: false,
    trickles: false,
    ours: ours.path.ice.ufrag,
    controlling: offered,
    ...change,
  },
});

/** The caller's offer, the answer, and what each makes of the other. */
function connect(caller: Side, callee: Side): void {
  callee.path.setRemote(remoteOf(caller, callee, false));
  caller.path.setRemote(remoteOf(callee, caller, true));
}

const rtp = (text: string) => Buffer.concat([Buffer.from([0x80, 0]), Buffer.from(text)]);
const rtcp = (text: string) => Buffer.concat([Buffer.from([0x80, 200]), Buffer.from(text)]);

async function talk(sides: Side[], pass: (ms: number) => Promise<void>): Promise<string[][]> {
  for (const { path, heard } of sides) {
    heard.length = 0;
    path.sendRtp(rtp('sound'), null);
    await path.sendRtcp(rtcp('report'), null);
    for (const component of [1, 2] as const)
      path.sendDtls(Buffer.concat([Buffer.from([22, 254]), Buffer.from('hello')]), component);
  }
  await pass(50);
  return sides.map(({ heard }) => heard.map((each) => each.split(' ').slice(0, 2).join(' ')).sort());
}
const everything = ['dtls 1', 'dtls 2', 'rtcp report', 'rtp sound'];

describe('two phones that look for a way', () => {
  it('find the straight one in one network, within half a second, and send everything over it', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(500);
    expect([caller.way, callee.way]).toEqual(['host→host', 'host→host']);
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
  });

  it('go through a full cone NAT to one that is symmetric', async () => {
    const { network, openSide, pass } = setUp();
    network.behind('10.1.0.1', '203.0.113.1', 'full-cone');
    network.behind('10.2.0.1', '203.0.113.2', 'symmetric');
    const [caller, callee] = [await openSide(['10.1.0.1']), await openSide(['10.2.0.1'])];
    connect(caller, callee);
    await pass(3_000);
    expect(caller.way).toBe('srflx→prflx');
    expect(callee.way).toBe('prflx→srflx');
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
  });

  it('say that there is none between two symmetric NATs without a relay, after trying for 39.5 seconds', async () => {
    const { network, openSide, pass } = setUp();
    network.behind('10.1.0.1', '203.0.113.1', 'symmetric');
    network.behind('10.2.0.1', '203.0.113.2', 'symmetric');
    const [caller, callee] = [await openSide(['10.1.0.1']), await openSide(['10.2.0.1'])];
    connect(caller, callee);
    await pass(38_000);
    expect(caller.events).not.toContainEqual({ type: 'failed' });
    await pass(8_000);
    expect(caller.events).toContainEqual({ type: 'failed' });
    expect(caller.path.leads(null)).toBe(false);
  });

  it.each([1, 2, 3])('find it over a network that loses three of ten datagrams (seed %i)', async (seed) => {
    const random = mulberry32(seed);
    let losing = false;
    const { network, openSide, pass } = setUp(() => losing && random() < 0.3);
    network.behind('10.1.0.1', '203.0.113.1', 'full-cone');
    network.behind('10.2.0.1', '203.0.113.2', 'full-cone');
    const [caller, callee] = [await openSide(['10.1.0.1']), await openSide(['10.2.0.1'])];
    losing = true;
    connect(caller, callee);
    await pass(12_000);
    expect([caller.way, callee.way]).toEqual(['srflx→srflx', 'srflx→srflx']);
  });

  it('settle who controls when both believe it is them', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    callee.path.setRemote(remoteOf(caller, callee, true));
    caller.path.setRemote(remoteOf(callee, caller, true));
    await pass(1_500);
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
  });

  it('use one port for all where both agree to that', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    callee.path.setRemote({ ...remoteOf(caller, callee, false), rtcpMux: true });
    caller.path.setRemote({ ...remoteOf(callee, caller, true), rtcpMux: true });
    await pass(500);
    const onOnePort = everything.filter((each) => each !== 'dtls 2');
    expect(await talk([caller, callee], pass)).toEqual([onOnePort, onOnePort]);
  });

  it('take candidates that are told one by one', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    const { ufrag, pwd, candidates } = callee.path.ice;
    callee.path.setRemote(remoteOf(caller, callee, false, { candidates: [], complete: false }));
    caller.path.setRemote(remoteOf(callee, caller, true, { candidates: [], complete: false }));
    await pass(300);
    expect(caller.way).toBe('');
    caller.path.addRemoteCandidates({ ufrag, pwd, candidates, complete: true });
    await pass(700);
    expect([caller.way, callee.way]).toEqual(['host→host', 'host→prflx']);
  });

  it('open at once where candidates may follow, and take what servers say when they say it', async () => {
    const { network, openSide, pass } = setUp();
    network.behind('10.1.0.1', '203.0.113.1', 'full-cone');
    network.behind('10.2.0.1', '203.0.113.2', 'full-cone');
    const caller = await openSide(['10.1.0.1']);
    const callee = await openSide(['10.2.0.1'], { trickle: true }, 0);
    const kinds = () => callee.path.ice.candidates.map((each) => each.split(' ')[7]);
    expect([kinds(), callee.path.ice.complete]).toEqual([['host', 'host'], false]);
    callee.path.setRemote(remoteOf(caller, callee, false, { trickles: true }));
    caller.path.setRemote(remoteOf(callee, caller, true, { trickles: true }));
    await pass(300);
    expect([kinds(), callee.path.ice.complete]).toEqual([['host', 'host', 'srflx', 'srflx'], true]);
    expect(callee.events).toContainEqual({ type: 'local' });
    caller.path.addRemoteCandidates(callee.path.ice);
    await pass(1_500);
    expect([caller.way, callee.way]).toEqual(['srflx→srflx', 'srflx→srflx']);
  });

  it('pass over candidates of credentials that nobody has named', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    const { ufrag, candidates } = callee.path.ice;
    caller.path.setRemote(remoteOf(callee, caller, true, { candidates: [], complete: false }));
    for (const stranger of [
      { ufrag: 'somebody', pwd: callee.path.ice.pwd },
      { ufrag, pwd: 'something else' },
    ])
      caller.path.addRemoteCandidates({ ...stranger, candidates, complete: true });
    await pass(500);
    expect(caller.way).toBe('');
  });

  it('hear nobody else', async () => {
    const { network, openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(500);
    caller.heard.length = 0;
    const to = { address: '192.0.2.1', port: caller.path.localPort };
    await network.bind('192.0.2.66').send(rtp('noise'), to);
    await pass(50);
    expect(caller.heard).toEqual([]);
  });
});

describe('a far side without ICE', () => {
  it('gets packets where its SDP says, from the default candidate, and is answered to where it sends from', async () => {
    const { network, openSide, pass } = setUp();
    const side = await openSide(['192.0.2.1']);
    const [named, actual] = [network.bind('192.0.2.9', 4000), network.bind('192.0.2.9', 5000)];
    const heard: string[] = [];
    named.listen((_datagram, from) => heard.push(`named ${from.port === side.path.localPort}`));
    actual.listen(() => heard.push('actual'));
    side.path.setRemote({ address: '192.0.2.9', port: 4000, rtcpPort: 4001, rtcpMux: false, ice: null });
    expect(side.way).toBe('direct→direct');
    side.path.sendRtp(rtp('sound'), null);
    side.path.sendRtp(rtp('sound'), { address: '192.0.2.9', port: 5000 });
    await pass(50);
    expect(heard).toEqual(['named true', 'actual']);
  });

  it('is sent to from the new address as soon as the phone has moved', async () => {
    const { network, openSide, pass } = setUp();
    const side = await openSide(['192.0.2.1']);
    const far = network.bind('192.0.2.9', 4000);
    const heard: string[] = [];
    far.listen((_datagram, from) => heard.push(from.address));
    side.path.setRemote({ address: '192.0.2.9', port: 4000, rtcpPort: 4001, rtcpMux: false, ice: null });
    const moved = side.path.move('192.0.2.3');
    await pass(2_000);
    await moved;
    side.path.sendRtp(rtp('sound'), null);
    await pass(50);
    expect(heard).toEqual(['192.0.2.3']);
  });
});

describe('a restart', () => {
  it('keeps the sound on the old pair while the new one is being found, then takes the new one', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(500);
    const before = caller.path.ice;
    const moved = caller.path.move('192.0.2.7');
    await pass(2_000);
    await moved;
    expect(caller.path.ice.ufrag).not.toBe(before.ufrag);
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
    // Their answer to our restart names their spare credentials.
    const { spare } = callee.path.ice;
    callee.path.setRemote(remoteOf(caller, callee, false, { ours: spare.ufrag }));
    expect(callee.path.ice.ufrag).toBe(spare.ufrag);
    caller.path.setRemote(remoteOf(callee, caller, true));
    await pass(800);
    expect(caller.path.localAddress).toBe('192.0.2.7');
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
    const ways = callee.events.flatMap((event) => (event.type === 'path' ? [event.path.remoteAddress] : []));
    expect(ways.at(-1)).toContain('192.0.2.7');
  });

  it('brings the sound back where the old address is gone', async () => {
    const { network, openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(500);
    network.unplug('192.0.2.1');
    const moved = caller.path.move('192.0.2.7');
    await pass(2_000);
    await moved;
    callee.path.setRemote(remoteOf(caller, callee, false, { ours: callee.path.ice.spare.ufrag }));
    caller.path.setRemote(remoteOf(callee, caller, true));
    await pass(800);
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
  });

  it('waits for no server where candidates may follow', async () => {
    const { network, openSide, pass } = setUp();
    network.behind('10.1.0.1', '203.0.113.1', 'full-cone');
    network.behind('10.1.0.7', '203.0.113.7', 'full-cone');
    const [caller, callee] = [await openSide(['10.1.0.1']), await openSide(['192.0.2.2'])];
    callee.path.setRemote(remoteOf(caller, callee, false, { trickles: true }));
    caller.path.setRemote(remoteOf(callee, caller, true, { trickles: true }));
    await pass(1_000);
    const moved = caller.path.move('10.1.0.7');
    await pass(0);
    await moved;
    expect([caller.path.ice.candidates.length, caller.path.ice.complete]).toEqual([4, false]);
    const { spare } = callee.path.ice;
    callee.path.setRemote(remoteOf(caller, callee, false, { trickles: true, ours: spare.ufrag }));
    caller.path.setRemote(remoteOf(callee, caller, true, { trickles: true }));
    await pass(1_000);
    callee.path.addRemoteCandidates(caller.path.ice);
    await pass(2_000);
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
    const ways = callee.events.flatMap((event) => (event.type === 'path' ? [event.path.remoteAddress] : []));
    expect(ways.at(-1)).toContain('203.0.113.7');
  });

  it('is what a description with the same credentials is not', async () => {
    const { openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(500);
    const told = caller.events.length;
    connect(caller, callee);
    await pass(500);
    expect(caller.events.slice(told).filter(({ type }) => type === 'path')).toEqual([]);
    expect(await talk([caller, callee], pass)).toEqual([everything, everything]);
  });
});

describe('consent', () => {
  it('holds while the far side answers, and ends half a minute after it has stopped', async () => {
    const { network, openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(60_000);
    expect(caller.events).not.toContainEqual({ type: 'lost' });
    network.unplug('192.0.2.2');
    await pass(20_000);
    expect(caller.path.leads(null)).toBe(true);
    await pass(20_000);
    expect(caller.events).toContainEqual({ type: 'lost' });
    expect(caller.path.leads(null)).toBe(false);
  });
});

describe('a path that is closed', () => {
  it('leaves no timer', async () => {
    const { clock, openSide, pass } = setUp();
    const [caller, callee] = [await openSide(['192.0.2.1']), await openSide(['192.0.2.2'])];
    connect(caller, callee);
    await pass(300);
    await Promise.all([caller.path.close(), callee.path.close()]);
    expect(clock.pending).toBe(0);
  });
});
