import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { PhoneError } from '../../../../../contract/errors.ts';
import { silentLogger } from '../../../../../engine/log.ts';
import { createTransport } from '../../../../../engine/sip/transport/create-transport.ts';
import type {
  SipProtocol,
  SipTransport,
  SipTransportOptions,
} from '../../../../../engine/sip/transport/transport.ts';
import { viaPlaceholder } from '../../../../../engine/sip/transport/via.ts';
import { TestAuthority } from '../../../../support/certificates.ts';
import { createHandClock } from '../../../../support/hand-clock.ts';
import { answer, request } from './datagram-peer.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function until(met: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !met(); tries += 1) await new Promise((done) => setTimeout(done, 10));
  expect(met()).toBe(true);
}

const outgoing = (protocol: SipProtocol, branch: string) =>
  request('OPTIONS', branch).replace('UDP 127.0.0.1:9;', `${protocol} ${viaPlaceholder};`);

interface Heard {
  transport: SipTransport;
  messages: string[];
  errors: PhoneError[];
}

function prepare(protocol: SipProtocol, port: number, more: Partial<SipTransportOptions> = {}): Heard {
  const transport = createTransport({
    protocol,
    nextHop: { kind: 'server', host: '127.0.0.1', port },
    keepaliveSeconds: 0,
    log: silentLogger,
    ...more,
  });
  closers.push(() => transport.close());
  const heard: Heard = { transport, messages: [], errors: [] };
  transport.on('message', (text) => heard.messages.push(text));
  transport.on('disconnected', (error) => heard.errors.push(error));
  return heard;
}

async function listen(port = 0): Promise<{ port: number; heard: string[]; sockets: Socket[] }> {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => heard.push(chunk.toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, heard, sockets };
}

describe('SIP over TCP', () => {
  it('carries requests and responses both ways over one connection, split and joined', async () => {
    const server = await listen();
    const { transport, messages } = prepare('TCP', server.port);
    await transport.connect();
    await transport.send(outgoing('TCP', 'z9hG4bKtcp'));
    await until(() => server.heard.length === 1);
    expect(server.heard[0]).toContain(
      `Via: SIP/2.0/TCP 127.0.0.1:${String(transport.local.port)};branch=z9hG4bKtcp`,
    );
    const incoming = request('OPTIONS', 'z9hG4bKtheirs').replace('UDP', 'TCP');
    const both = answer(server.heard[0] ?? '', '200 OK') + incoming;
    server.sockets[0]?.write(both.slice(0, 100));
    await new Promise((done) => setTimeout(done, 20));
    server.sockets[0]?.write(both.slice(100));
    await until(() => messages.length === 2);
    expect(messages[0]).toContain(`SIP/2.0/TCP ${viaPlaceholder};branch=z9hG4bKtcp;rport\r\n`);
    await transport.send(answer(messages[1] ?? '', '200 OK'));
    await until(() => server.heard.some((text) => text.startsWith('SIP/2.0 200 OK')));
  });

  it('pings with a double CRLF, and answers the server’s with one', async () => {
    const server = await listen();
    const { transport } = prepare('TCP', server.port, { keepaliveSeconds: 0.05 });
    await transport.connect();
    await until(() => server.heard.join('').startsWith('\r\n\r\n'));
    const before = server.heard.length;
    server.sockets[0]?.write('\r\n\r\n');
    await until(() => server.heard.slice(before).includes('\r\n'));
  });

  it('reports a lost connection, refuses to send, and works again after connect', async () => {
    const server = await listen();
    const { transport, errors } = prepare('TCP', server.port);
    await transport.connect();
    await until(() => server.sockets.length === 1);
    server.sockets[0]?.destroy();
    await until(() => errors.length === 1);
    expect(errors[0]?.code).toBe('server.connection-lost');
    expect(transport.connected).toBe(false);
    await expect(transport.send(outgoing('TCP', 'z9hG4bKlost'))).rejects.toMatchObject({
      error: { code: 'server.connection-lost' },
    });
    await transport.connect();
    await transport.send(outgoing('TCP', 'z9hG4bKagain'));
    await until(() => server.heard.some((text) => text.includes('z9hG4bKagain')));
  });

  it('takes another connection when told that the network has changed, which is no loss', async () => {
    const server = await listen();
    const { transport, errors } = prepare('TCP', server.port);
    await transport.connect();
    const before = transport.local.port;
    await transport.reconnect();
    expect(transport.local.port).not.toBe(before);
    await transport.send(outgoing('TCP', 'z9hG4bKmoved'));
    await until(() => server.heard.some((text) => text.includes('z9hG4bKmoved')));
    expect(server.sockets).toHaveLength(2);
    await until(() => server.sockets[0]?.destroyed === true);
    expect(errors).toEqual([]);
  });

  it.each([
    ['has agreed to answer', true],
    ['has answered before', false],
  ])('takes the connection for dead when a server that %s leaves a ping unanswered', async (_why, agreed) => {
    const server = await listen();
    const clock = createHandClock();
    const transport = createTransport(
      {
        protocol: 'TCP',
        nextHop: { kind: 'server', host: '127.0.0.1', port: server.port },
        keepaliveSeconds: 5,
        log: silentLogger,
      },
      { clock },
    );
    closers.push(() => transport.close());
    const errors: PhoneError[] = [];
    transport.on('disconnected', (error) => errors.push(error));
    await transport.connect();
    if (agreed) transport.expectPongs();
    clock.advance(5_000);
    await until(() => server.heard.join('') === '\r\n\r\n');
    for (let round = 0; !agreed && round < 2; round += 1) {
      server.sockets[0]?.write('\r\n');
      await new Promise((done) => setTimeout(done, 20));
      clock.advance(5_000);
    }
    clock.advance(9_999);
    await new Promise((done) => setTimeout(done, 20));
    expect(errors).toEqual([]);
    clock.advance(1);
    await until(() => errors.length === 1);
    expect(errors[0]?.code).toBe('server.connection-lost');
    // Pings alone: a pong is not answered in its turn.
    expect(server.heard.join('').length % 4).toBe(0);
  });

  it('closes the connection when the stream makes no sense', async () => {
    const server = await listen();
    const { transport, errors, messages } = prepare('TCP', server.port);
    await transport.connect();
    await until(() => server.sockets.length === 1);
    server.sockets[0]?.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    await until(() => errors.length === 1);
    expect(messages).toEqual([]);
  });

  it('rejects a server that refuses', async () => {
    const server = await listen();
    for (const close of closers.splice(0)) await close();
    const { transport } = prepare('TCP', server.port);
    await expect(transport.connect()).rejects.toMatchObject({
      error: { code: 'server.refused', parameters: { port: server.port } },
    });
  });
});

describe('SIP over WebSocket', () => {
  interface Accepted {
    port: number;
    heard: string[];
    sockets: WebSocket[];
  }
  async function accept(server: WebSocketServer): Promise<Accepted> {
    if (server.address() === null) await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const accepted: Accepted = { port, heard: [], sockets: [] };
    server.on('connection', (socket) => {
      accepted.sockets.push(socket);
      socket.on('message', (data) => accepted.heard.push(String(data)));
    });
    closers.push(() => {
      for (const socket of accepted.sockets) socket.terminate();
      server.close();
    });
    return accepted;
  }
  const handleProtocols = (offered: Set<string>) => (offered.has('sip') ? 'sip' : false);

  async function exchange(
    { transport, messages }: Heard,
    { heard, sockets }: Accepted,
    protocol: SipProtocol,
  ) {
    await transport.connect();
    expect(transport.connected).toBe(true);
    expect(transport.local.address).toBe('127.0.0.1');
    expect(transport.local.port).toBeGreaterThan(0);
    await transport.send(outgoing(protocol, 'z9hG4bKws'));
    await until(() => heard.length === 1);
    expect(heard[0]).toMatch(
      new RegExp(`Via: SIP/2\\.0/${protocol} \\w+\\.invalid;branch=z9hG4bKws;rport\\r\\n`),
    );
    expect(heard[0]).not.toContain(viaPlaceholder);
    sockets[0]?.send(answer(heard[0] ?? '', '200 OK'));
    sockets[0]?.send(Buffer.from(request('OPTIONS', 'z9hG4bKtheirs')));
    await until(() => messages.length === 2);
    expect(messages[0]).toContain(`${viaPlaceholder};branch=z9hG4bKws`);
  }

  it('speaks the subprotocol sip, one message a frame, text or binary', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/ws', handleProtocols });
    const accepted = await accept(server);
    const { port } = accepted;
    const heard = prepare('WS', port, { webSocketUri: `ws://127.0.0.1:${String(port)}/ws` });
    await exchange(heard, accepted, 'WS');
    await heard.transport.reconnect();
    await until(() => accepted.sockets.length === 2);
    expect(heard.errors).toEqual([]);
    accepted.sockets[1]?.terminate();
    await until(() => heard.errors.length === 1);
    expect(heard.errors[0]?.code).toBe('server.connection-lost');
  });

  it('notices within two keepalives that nobody answers any more', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols, autoPong: false });
    const { port } = await accept(server);
    const heard = prepare('WS', port, {
      webSocketUri: `ws://127.0.0.1:${String(port)}/ws`,
      keepaliveSeconds: 0.1,
    });
    await heard.transport.connect();
    await until(() => heard.errors.length === 1);
    expect(heard.transport.connected).toBe(false);
  });

  it('calls a server refusing that is no WebSocket, speaks no SIP, or is not there', async () => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      path: '/ws',
      handleProtocols: () => false,
    });
    const { port } = await accept(server);
    for (const path of ['/elsewhere', '/ws']) {
      const { transport } = prepare('WS', port, { webSocketUri: `ws://127.0.0.1:${String(port)}${path}` });
      await expect(transport.connect()).rejects.toMatchObject({ error: { code: 'server.refused' } });
    }
    for (const close of closers.splice(0)) await close();
    const { transport } = prepare('WS', port, { webSocketUri: `ws://127.0.0.1:${String(port)}/ws` });
    await expect(transport.connect()).rejects.toMatchObject({ error: { code: 'server.refused' } });
  });

  it('goes over TLS too, with a certificate that it trusts', async () => {
    const authority = await TestAuthority.create();
    closers.push(() => authority.close());
    const { key, certificate } = await authority.issue({ hosts: ['127.0.0.1'] });
    const https = createHttpsServer({ key, cert: certificate });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    closers.push(() => https.close());
    const accepted = await accept(new WebSocketServer({ server: https, handleProtocols }));
    const { port } = accepted;
    const webSocketUri = `wss://127.0.0.1:${String(port)}/ws`;
    const strangers = prepare('WSS', port, { webSocketUri });
    await expect(strangers.transport.connect()).rejects.toMatchObject({
      error: {
        code: 'server.certificate',
        message: 'The certificate of 127.0.0.1 is not trusted: nobody known signed it.',
      },
    });
    expect(accepted.sockets).toEqual([]);
    const tls = { authorities: authority.certificate };
    await exchange(prepare('WSS', port, { webSocketUri, tls }), accepted, 'WSS');
  });
});
