import { Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PhoneError } from '../../../../../contract/errors.ts';
import { createLogger, silentLogger } from '../../../../../engine/log.ts';
import { createTransport } from '../../../../../engine/sip/transport/create-transport.ts';
import { systemNames } from '../../../../../engine/sip/transport/domain-names.ts';
import type { TransportAddress } from '../../../../../engine/net/transport-address.ts';
import type { SipTransport, SipTransportOptions } from '../../../../../engine/sip/transport/transport.ts';
import { viaPlaceholder } from '../../../../../engine/sip/transport/via.ts';
import { answer, openDatagramPeer, request, type DatagramPeer } from './datagram-peer.ts';
import { mulberry32 } from './lossy-relay.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openPeer(port = 0): Promise<DatagramPeer> {
  const peer = await openDatagramPeer(port);
  closers.push(() => peer.close());
  return peer;
}

interface Heard {
  transport: SipTransport;
  messages: string[];
  errors: PhoneError[];
  seen: TransportAddress[];
}

async function openTransport(
  server: TransportAddress | undefined,
  more: Partial<SipTransportOptions> = {},
): Promise<Heard> {
  const transport = createTransport({
    protocol: 'UDP',
    nextHop:
      server === undefined
        ? { kind: 'request-uri' }
        : { kind: 'server', host: server.address, port: server.port },
    keepaliveSeconds: 0,
    log: silentLogger,
    ...more,
  });
  closers.push(() => transport.close());
  const heard: Heard = { transport, messages: [], errors: [], seen: [] };
  transport.on('message', (text) => heard.messages.push(text));
  transport.on('disconnected', (error) => heard.errors.push(error));
  transport.on('publicAddress', (seen) => heard.seen.push(seen));
  await transport.connect();
  return heard;
}

/** As the layer above writes it: the placeholder for a host, no port. */
const outgoing = (method: string, branch: string, fields: string[] = [], body = '') =>
  request(method, branch, fields, body).replace('127.0.0.1:9;', `${viaPlaceholder};`);

async function until(met: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !met(); tries += 1) await new Promise((done) => setTimeout(done, 10));
  expect(met()).toBe(true);
}

describe('SIP over UDP', () => {
  it('writes its own address into Via, and gives the layer above its placeholder back', async () => {
    const server = await openPeer();
    const { transport, messages, seen } = await openTransport(server);
    await transport.send(outgoing('OPTIONS', 'z9hG4bKone'));
    const heard = await server.next(/^OPTIONS/);
    const { port } = transport.local;
    expect(heard).toContain(`Via: SIP/2.0/UDP 127.0.0.1:${String(port)};branch=z9hG4bKone;rport\r\n`);
    const stamp = (via: string) => via.replace(';rport', ';rport=4711;received=192.0.2.1');
    server.send(answer(heard, '200 OK', stamp), transport.local);
    await until(() => messages.length === 1);
    expect(messages[0]).toContain(`Via: SIP/2.0/UDP ${viaPlaceholder};branch=z9hG4bKone;rport\r\n`);
    expect(seen).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });

  it('hands up no response to a request that it never sent', async () => {
    const server = await openPeer();
    const { transport, messages } = await openTransport(server);
    server.send(answer(request('INVITE', 'z9hG4bKforged'), '200 OK'), transport.local);
    server.send(request('OPTIONS', 'z9hG4bKafter'), transport.local);
    await until(() => messages.length > 0);
    expect(messages.map((text) => text.slice(0, 7))).toEqual(['OPTIONS']);
  });

  it('says that the server refuses, goes on repeating, and recovers when the server comes back', async () => {
    const gone = await openDatagramPeer();
    const { address, port } = gone;
    await gone.close();
    const { transport, messages, errors } = await openTransport({ address, port });
    await transport.send(outgoing('OPTIONS', 'z9hG4bKback'));
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'server.refused', parameters: { server: address, port } });
    expect(transport.connected).toBe(false);
    const server = await openPeer(port);
    const heard = await server.next(/^OPTIONS/);
    server.send(answer(heard, '200 OK'), transport.local);
    await until(() => messages.length === 1);
    expect(transport.connected).toBe(true);
    expect(errors).toHaveLength(1);
  });

  it('takes another socket when told that the network has changed; what waits for an answer goes on', async () => {
    const server = await openPeer();
    const { transport, messages, errors } = await openTransport(server);
    const before = transport.local.port;
    await transport.send(outgoing('OPTIONS', 'z9hG4bKwaits'));
    await server.next(/^OPTIONS/);
    await transport.reconnect();
    expect(transport.local.port).not.toBe(before);
    const repeated = await server.next(/^OPTIONS/);
    server.send(answer(repeated, '200 OK'), transport.local);
    await until(() => messages.length === 1);
    expect(errors).toEqual([]);
  });

  it('rejects a server whose name does not exist, and a local port that is taken', async () => {
    const transport = createTransport(
      {
        protocol: 'UDP',
        nextHop: { kind: 'server', host: 'pbx.invalid', port: 5060 },
        keepaliveSeconds: 0,
        log: silentLogger,
      },
      { names: { ...systemNames, addresses: () => Promise.reject(new Error('ENOTFOUND')) } },
    );
    await expect(transport.connect()).rejects.toMatchObject({ error: { code: 'server.dns' } });
    await transport.close();
    const server = await openPeer();
    await expect(openTransport(server, { localPort: server.port })).rejects.toThrow(/in use/);
  });

  it('turns to the next address of the server when connected again after the first refused', async () => {
    const server = await openPeer();
    const transport = createTransport(
      {
        protocol: 'UDP',
        nextHop: { kind: 'server', host: 'pbx.test', port: server.port },
        keepaliveSeconds: 0,
        log: silentLogger,
      },
      { names: { ...systemNames, addresses: () => Promise.resolve(['127.0.0.2', '127.0.0.1']) } },
    );
    closers.push(() => transport.close());
    const refused = new Promise<PhoneError>((resolve) => transport.on('disconnected', resolve));
    await transport.connect();
    expect((await refused).code).toBe('server.refused');
    await transport.connect();
    expect(transport.remote?.address).toBe('127.0.0.1');
    await transport.send(outgoing('OPTIONS', 'z9hG4bKsecond'));
    await server.next(/z9hG4bKsecond/);
  });

  it('opens one socket for two connects at once, and closes as often as asked', async () => {
    const server = await openPeer();
    const { transport } = await openTransport(server);
    const { port } = transport.local;
    await Promise.all([transport.connect(), transport.connect()]);
    expect(transport.local.port).toBe(port);
    await Promise.all([transport.close(), transport.close()]);
    await expect(transport.send(outgoing('OPTIONS', 'z9hG4bKlate'))).rejects.toThrow(/closed/);
    await expect(transport.connect()).rejects.toThrow(/closed/);
  });

  it('survives a listener that throws', async () => {
    const server = await openPeer();
    const { transport, messages } = await openTransport(server);
    transport.on('message', () => {
      throw new Error('a fault above');
    });
    for (const branch of ['z9hG4bKa', 'z9hG4bKb']) server.send(request('OPTIONS', branch), transport.local);
    await until(() => messages.length === 2);
  });

  it('answers a request with rport at the port that it came from, and routes its own by Request-URI', async () => {
    const phone = await openPeer();
    const { transport, messages } = await openTransport(undefined, { localAddress: '127.0.0.1' });
    phone.send(request('OPTIONS', 'z9hG4bKrport'), transport.local);
    await until(() => messages.length === 1);
    await transport.send(answer(messages[0] ?? '', '200 OK'));
    expect(await phone.next(/^SIP\/2.0 200/)).toContain(`;rport=${String(phone.port)}`);
    const target = `sip:phone@127.0.0.1:${String(phone.port)}`;
    await transport.send(outgoing('OPTIONS', 'z9hG4bKback').replace('sip:phone@127.0.0.1', target));
    expect(await phone.next(/^OPTIONS/)).toContain(target);
    await expect(
      transport.send(outgoing('OPTIONS', 'z9hG4bKname').replace('127.0.0.1', 'pbx.example')),
    ).rejects.toMatchObject({ error: { code: 'server.dns' } });
  });

  it('tells two senders with the same branch apart, and answers each with its own Via', async () => {
    const peer = await openPeer();
    const { transport, messages } = await openTransport(peer);
    const one = request('OPTIONS', 'z9hG4bKsame');
    const two = one.replace('127.0.0.1:9;', '127.0.0.1:8;').replace('tag=peer', 'tag=other');
    for (const text of [one, two, one, two]) peer.send(text, transport.local);
    await until(() => messages.length === 2);
    const branches = messages.map((text) => /branch=([^;\r]+)/.exec(text)?.[1]);
    expect(new Set(branches).size).toBe(2);
    for (const text of messages) await transport.send(answer(text, '200 OK'));
    expect(await peer.next(/:9;branch=z9hG4bKsame;/)).toContain('tag=peer');
    expect(await peer.next(/:8;branch=z9hG4bKsame;/)).toContain('tag=other');
  });

  it('serves a caller from before RFC 3261, whose Via has no branch', async () => {
    const peer = await openPeer();
    const { transport, messages } = await openTransport(peer);
    const old = (method: string) => request(method, 'x').replace(';branch=x', '');
    peer.send(old('INVITE'), transport.local);
    await until(() => messages.length === 1);
    expect(messages[0]).toMatch(/branch=z9hG4bK\w{32}/);
    await transport.send(answer(messages[0] ?? '', '486 Busy Here'));
    expect(await peer.next(/^SIP\/2.0 486/)).not.toContain('branch');
    peer.send(old('ACK').replace('CSeq: 1 INVITE', 'CSeq: 1 ACK'), transport.local);
    await until(() => messages.length === 2);
    expect(messages[1]).toMatch(/^ACK/);
  });

  it('sends 100 Trying itself when the layer above takes its time over an INVITE', async () => {
    const peer = await openPeer();
    const { transport } = await openTransport(peer);
    peer.send(request('INVITE', 'z9hG4bKslow'), transport.local);
    expect(await peer.next(/^SIP/)).toMatch(/^SIP\/2\.0 100 Trying\r\n/);
  });

  it('keeps the way through a NAT open, and leaves the peer’s keepalives unanswered', async () => {
    const server = await openPeer();
    const { transport, messages } = await openTransport(server, { keepaliveSeconds: 0.05 });
    const probes = server.keepalives;
    await until(() => server.keepalives >= probes + 3);
    server.send('\r\n\r\n', transport.local);
    server.send('', transport.local);
    server.send(request('OPTIONS', 'z9hG4bKping'), transport.local);
    await until(() => messages.length === 1);
  });

  it('drops 100 datagrams of noise in silence but for one line, and answers the request after them', async () => {
    const server = await openPeer();
    const lines: string[] = [];
    const log = createLogger('sip', (_level, _module, line) => lines.push(line));
    const { transport, messages } = await openTransport(server, { log });
    const random = mulberry32(4475);
    for (let count = 0; count < 100; count += 1) {
      server.send(
        Uint8Array.from({ length: 1500 }, () => Math.floor(random() * 256)),
        transport.local,
      );
      await new Promise((done) => setTimeout(done, 5));
    }
    server.send(request('OPTIONS', 'z9hG4bKquiet'), transport.local);
    await until(() => messages.length === 1);
    expect(lines.filter((line) => line.includes('dropped'))).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });

  it('refuses what breaks the rules with 400, 416 or 505, once a transaction, and hands none of it up', async () => {
    const peer = await openPeer();
    const { transport, messages } = await openTransport(peer);
    const bad: [string, string][] = [
      [request('OPTIONS', 'z9hG4bK1').replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE'), '400'],
      [request('OPTIONS', 'z9hG4bK2').replace(/To: .*\r\n/, ''), '400'],
      [request('OPTIONS', 'z9hG4bK3').replace('sip:phone', 'tel:phone'), '416'],
      [
        request('OPTIONS', 'z9hG4bK4').replace('0 SIP/2.0', '0 SIP/7.0').replace('1 SIP/2.0', '1 SIP/7.0'),
        '505',
      ],
      [request('OPTIONS', 'z9hG4bK5').replace('Content-Length: 0', 'Content-Length: 99'), '400'],
      [request('OPTIONS', 'z9hG4bK6').replace('<sip:peer', '"open <sip:peer'), '400'],
      [request('INVITE', 'z9hG4bK7').replace('70', '300'), '400'],
    ];
    for (const [text, status] of bad) {
      peer.send(text, transport.local);
      const branch = /branch=\w+/.exec(text)?.[0] ?? '';
      expect(await peer.next(new RegExp(branch))).toMatch(new RegExp(`^SIP/2\\.0 ${status} `));
    }
    expect(messages).toEqual([]);
  });
});

describe('requests over 1300 bytes on UDP (RFC 3261 §18.1.1)', () => {
  const large = (branch: string) => outgoing('MESSAGE', branch, [], 'x'.repeat(1200));

  function listenTcp(
    port: number,
  ): Promise<{ server: Server; heard: string[]; reply: (text: string) => void }> {
    return new Promise((resolve, reject) => {
      const heard: string[] = [];
      let reply = (_text: string) => undefined as unknown;
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => heard.push(chunk.toString('utf8')));
        reply = (text) => socket.write(text);
      });
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        closers.push(() => server.close());
        resolve({ server, heard, reply: (text) => void reply(text) });
      });
    });
  }

  it('go over TCP where the server takes it, with TCP in Via, and the answer comes back from there', async () => {
    const server = await openPeer();
    const tcp = await listenTcp(server.port);
    const { transport, messages } = await openTransport(server);
    await transport.send(large('z9hG4bKbig'));
    await until(() => tcp.heard.length === 1);
    expect(tcp.heard[0]).toMatch(/Via: SIP\/2\.0\/TCP 127\.0\.0\.1:\d+;branch=z9hG4bKbig;rport\r\n/);
    tcp.reply(answer(tcp.heard[0] ?? '', '200 OK'));
    await until(() => messages.length === 1);
    expect(messages[0]).toContain(`${viaPlaceholder};branch=z9hG4bKbig`);
    await transport.send(outgoing('OPTIONS', 'z9hG4bKsmall'));
    expect(await server.next(/^OPTIONS/)).toContain('SIP/2.0/UDP');
  });

  it('go over UDP after all where TCP is refused, which is remembered', async () => {
    const server = await openPeer();
    const { transport } = await openTransport(server);
    await transport.send(large('z9hG4bKfirst'));
    expect(await server.next(/z9hG4bKfirst/)).toContain('SIP/2.0/UDP');
    const tcp = await listenTcp(server.port);
    await transport.send(large('z9hG4bKsecond'));
    expect(await server.next(/z9hG4bKsecond/)).toContain('SIP/2.0/UDP');
    expect(tcp.heard).toEqual([]);
  });
});

describe('a datagram that this computer drops itself', () => {
  it.each(['EPERM', 'ENOBUFS'])(
    'is sent again like one lost on the way, without a word about the server (%s)',
    async (code) => {
      const peer = await openPeer();
      const { transport, errors } = await openTransport({ address: '127.0.0.1', port: peer.port });
      const send = vi.spyOn(Socket.prototype, 'send').mockImplementationOnce((...args: unknown[]) => {
        const done = args.at(-1);
        if (typeof done === 'function') done(Object.assign(new Error(code), { code }));
      });
      closers.push(() => send.mockRestore());
      await transport.send(outgoing('OPTIONS', 'z9hG4bKdropped'));
      await peer.next(/^OPTIONS/);
      expect(errors).toEqual([]);
      expect(transport.connected).toBe(true);
    },
  );
});
