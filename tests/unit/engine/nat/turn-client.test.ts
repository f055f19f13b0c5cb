import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { TurnClient } from '../../../../engine/nat/turn-client.ts';
import { createHandClock, type HandClock } from '../../../support/hand-clock.ts';
import { HandTurnServer } from '../../../support/hand-turn-server.ts';

const peer = { address: '192.0.2.9', port: 6000 };
let clock: HandClock;
let servers: Record<string, HandTurnServer>;
let server: HandTurnServer;
/** Hosts that were connected to. */
let visited: string[];

beforeEach(() => {
  clock = createHandClock();
  visited = [];
  server = new HandTurnServer();
  servers = { 'turn.test': server };
});

/** Lets everything happen that waits for no clock. */
const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const pass = async (ms: number) => {
  clock.advance(ms);
  await settle();
};

async function allocate(password = server.password): Promise<TurnClient | string> {
  const allocating = TurnClient.allocate({
    server: { host: 'turn.test', port: 3478, protocol: 'udp' },
    username: 'anna',
    password,
    connect: async ({ host }) => {
      visited.push(host);
      const reached = servers[host];
      if (reached === undefined) throw new Error(`there is no ${host}`);
      return reached.connect();
    },
    clock,
    random: (count) => randomBytes(count),
    log: silentLogger,
  });
  await settle();
  return allocating;
}

/** An allocation that stands, what it told, and nothing yet in the server's ears. */
async function allocated() {
  const client = await allocate();
  if (typeof client === 'string') throw new Error(client);
  const told: string[] = [];
  client.onData((data, from) => told.push(`${data.toString()} from ${from.address}:${from.port}`));
  client.onLost((reason) => told.push(`lost: ${reason}`));
  server.heard.length = 0;
  return { client, told };
}

describe('an allocation at a server', () => {
  it('is had after a challenge', async () => {
    const client = await allocate();
    expect(client).toMatchObject({ relayed: server.relayed, protocol: 'udp' });
    expect(server.heard).toEqual(['allocate', 'allocate anna first']);
  });

  it('is not had with a wrong password, which is not tried again', async () => {
    expect(await allocate('south star')).toBe('it does not accept the user name or password');
    expect(server.heard).toEqual(['allocate', 'allocate anna first']);
    expect([server.connected, clock.pending]).toEqual([false, 0]);
  });

  it('is not taken from somebody who does not know the password', async () => {
    server.forges = true;
    expect(typeof (await allocate())).toBe('string');
  });

  it('is had at the server that the first one names, with the realm and nonces of that one', async () => {
    const alternate = new HandTurnServer();
    Object.assign(alternate, { realm: 'alternate.test', nonce: 'another' });
    servers['203.0.113.7'] = alternate;
    server.refusals.allocate = { code: 300, alternate: { address: '203.0.113.7', port: 3479 } };
    expect(await allocate()).toMatchObject({ relayed: alternate.relayed });
    expect(visited).toEqual(['turn.test', '203.0.113.7']);
    expect(alternate.heard).toEqual(['allocate', 'allocate anna another']);
    expect(server.connected).toBe(false);
  });

  it('is not looked for in a circle', async () => {
    server.refusals.allocate = { code: 300, alternate: { address: '203.0.113.7', port: 3479 } };
    servers['203.0.113.7'] = server;
    expect(await allocate()).toBe('it sends from one server to the next');
    expect(visited).toHaveLength(4);
  });

  it('is not had where nobody answers', async () => {
    server.silent = true;
    const allocating = allocate();
    for (let second = 0; second < 60; second += 1) await pass(1_000);
    expect(await allocating).toBe('it does not answer');
    expect(clock.pending).toBe(0);
  });
});

describe('an allocation that stands', () => {
  it('is refreshed a minute before it ends, again and again', async () => {
    await allocated();
    await pass(539_000);
    expect(server.heard).toEqual([]);
    await pass(1_000);
    await pass(540_000);
    expect(server.heard).toEqual(['refresh anna first', 'refresh anna first']);
  });

  it('outlives a nonce that has become stale', async () => {
    const { told } = await allocated();
    server.nonce = 'second';
    await pass(540_000);
    expect(server.heard).toEqual(['refresh anna first', 'refresh anna second']);
    await pass(540_000);
    expect(server.heard.at(-1)).toBe('refresh anna second');
    expect(told).toEqual([]);
  });

  it('is given up where every nonce is stale', async () => {
    const { told } = await allocated();
    let count = 0;
    Object.defineProperty(server, 'nonce', { get: () => `nonce ${(count += 1)}` });
    await pass(540_000);
    expect(server.heard).toHaveLength(3);
    expect(told).toEqual(['lost: it does not accept the user name or password']);
    expect([server.connected, clock.pending]).toEqual([false, 0]);
  });

  it('is lost where the server forgets it, or falls silent', async () => {
    const forgotten = await allocated();
    server.refusals.refresh = { code: 437 };
    await pass(540_000);
    expect(forgotten.told).toEqual(['lost: it does not find the phone’s session']);
    delete server.refusals.refresh;
    const silent = await allocated();
    server.silent = true;
    for (let second = 0; second < 600; second += 1) await pass(1_000);
    expect(silent.told).toEqual(['lost: it does not answer any more']);
    expect(clock.pending).toBe(0);
  });

  it('may be closed after it was lost, and leaves no timer', async () => {
    const { client } = await allocated();
    server.refusals.refresh = { code: 437 };
    await pass(540_000);
    await client.close();
    expect(clock.pending).toBe(0);
  });

  it('is given back when it is closed, at once or half a second after a server that is silent', async () => {
    const { client } = await allocated();
    const closed = client.close();
    await settle();
    await closed;
    expect(server.heard).toEqual(['refresh anna first for 0']);
    expect(clock.pending).toBe(0);
    const other = await allocated();
    server.silent = true;
    let isClosed = false;
    void other.client.close().then(() => (isClosed = true));
    await pass(499);
    expect(isClosed).toBe(false);
    await pass(1);
    expect([isClosed, clock.pending]).toEqual([true, 0]);
  });
});

describe('a peer', () => {
  it('is sent to once it is permitted, and its permission is renewed after four minutes', async () => {
    const { client } = await allocated();
    client.send(Buffer.from('one'), peer);
    client.send(Buffer.from('two'), { ...peer, port: 7000 });
    expect(server.heard).toEqual(['createPermission anna first 192.0.2.9']);
    await settle();
    expect(server.heard.slice(1)).toEqual(['send 192.0.2.9', 'send 192.0.2.9']);
    server.heard.length = 0;
    server.nonce = 'second';
    await pass(240_000);
    expect(server.heard).toEqual([
      'createPermission anna first 192.0.2.9',
      'createPermission anna second 192.0.2.9',
    ]);
    await pass(240_000);
    expect(server.heard.at(-1)).toBe('createPermission anna second 192.0.2.9');
    expect(server.heard).toHaveLength(3);
  });

  it('that may not be reached is asked for again five seconds later, and only when something is sent', async () => {
    const { client } = await allocated();
    server.refusals.createPermission = { code: 403 };
    client.send(Buffer.from('one'), peer);
    await settle();
    client.send(Buffer.from('two'), peer);
    await pass(4_999);
    expect(server.heard).toHaveLength(1);
    delete server.refusals.createPermission;
    await pass(1);
    expect(server.heard).toHaveLength(1);
    client.send(Buffer.from('three'), peer);
    await settle();
    expect(server.heard.slice(1)).toEqual(['createPermission anna first 192.0.2.9', 'send 192.0.2.9']);
  });

  it('with a channel is sent to in it, and the channel is bound again after nine minutes, under its number', async () => {
    const { client, told } = await allocated();
    client.bind(peer);
    client.bind(peer);
    await settle();
    client.send(Buffer.from('sound'), peer);
    expect(server.heard).toEqual(['channelBind anna first 4000 192.0.2.9', 'channel 4000']);
    server.relay('sound', 0x4000);
    server.relay('more', peer);
    expect(told).toEqual(['sound from 192.0.2.9:6000', 'more from 192.0.2.9:6000']);
    server.heard.length = 0;
    await pass(540_000);
    expect(server.heard.filter((words) => words.startsWith('channelBind'))).toEqual([
      'channelBind anna first 4000 192.0.2.9',
    ]);
  });

  it('whose channel is not bound again is sent to in indications', async () => {
    const { client } = await allocated();
    client.bind(peer);
    await settle();
    server.refusals.channelBind = { code: 400 };
    await pass(540_000);
    server.heard.length = 0;
    client.send(Buffer.from('sound'), peer);
    await settle();
    expect(server.heard).toEqual(['createPermission anna first 192.0.2.9', 'send 192.0.2.9']);
  });
});

it('what is no message of a server changes nothing', async () => {
  const { told } = await allocated();
  for (const octets of [
    [],
    [0],
    [0x40, 0],
    [0x40, 0, 0xff, 0xff, 1],
    [0x4f, 0xff, 0, 1, 7],
    Array(40).fill(0xff) as number[],
    [1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...(Array(12).fill(7) as number[])],
    [0, 0x17, 0, 4, 0x21, 0x12, 0xa4, 0x42, ...(Array(12).fill(7) as number[]), 0, 0x13, 0, 9],
  ])
    server.say(Buffer.from(octets));
  await settle();
  expect(told).toEqual([]);
});
