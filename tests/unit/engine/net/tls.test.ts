/** Real TLS servers with certificates of every kind. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import type { TlsTrust } from '../../../../engine/net/tls.ts';
import type { SipTransport } from '../../../../engine/sip/transport/transport.ts';
import { viaPlaceholder } from '../../../../engine/sip/transport/via.ts';
import { TestAuthority, type IssuedCertificate } from '../../../support/certificates.ts';
import { answer, request } from '../sip/transport/datagram-peer.ts';

let authority: TestAuthority;
let good: IssuedCertificate;
beforeAll(async () => {
  authority = await TestAuthority.create();
  good = await authority.issue({ hosts: ['localhost', '127.0.0.1'] });
});
afterAll(() => authority.close());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Server {
  port: number;
  heard: string[];
  secured: TLSSocket[];
  /** Connections, whether or not a handshake followed. */
  open: () => number;
  serverName: () => string | undefined;
}

async function listen(certificate: IssuedCertificate, more: TlsOptions = {}): Promise<Server> {
  const heard: string[] = [];
  const secured: TLSSocket[] = [];
  const sockets = new Set<Socket>();
  let asked: string | undefined;
  const server = createTlsServer(
    {
      key: certificate.key,
      cert: certificate.certificate,
      SNICallback: (name, done) => {
        asked = name;
        done(null);
      },
      ...more,
    },
    (socket) => {
      secured.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => heard.push(chunk.toString('utf8')));
    },
  );
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, heard, secured, open: () => sockets.size, serverName: () => asked };
}

function transportTo(port: number, tls: Partial<TlsTrust>, host = '127.0.0.1'): SipTransport {
  const transport = createTransport({
    protocol: 'TLS',
    nextHop: { kind: 'server', host, port },
    keepaliveSeconds: 0,
    tls,
    log: silentLogger,
  });
  closers.push(() => transport.close());
  return transport;
}

describe('SIP over TLS', () => {
  it('carries messages both ways to a server whose certificate an authority of ours has signed', async () => {
    const server = await listen(good);
    const transport = transportTo(server.port, { authorities: authority.certificate });
    const messages: string[] = [];
    transport.on('message', (text) => messages.push(text));
    await transport.connect();
    expect(transport).toMatchObject({ protocol: 'TLS', connected: true, certificate: null });
    await transport.send(
      request('OPTIONS', 'z9hG4bKtls').replace('UDP 127.0.0.1:9;', `TLS ${viaPlaceholder};`),
    );
    await expect.poll(() => server.heard.length).toBe(1);
    expect(server.heard[0]).toContain(`Via: SIP/2.0/TLS 127.0.0.1:${transport.local.port};branch=z9hG4bKtls`);
    server.secured[0]?.write(answer(server.heard[0] ?? '', '200 OK'));
    await expect.poll(() => messages.length).toBe(1);
  });

  it('names the server in its handshake, but never an address', async () => {
    const server = await listen(good);
    await transportTo(server.port, { authorities: authority.certificate }).connect();
    expect(server.serverName()).toBeUndefined();
    await transportTo(server.port, { authorities: authority.certificate }, 'localhost').connect();
    expect(server.serverName()).toBe('localhost');
  });

  it('refuses a stranger before anything is said, asks about its certificate, and trusts it by fingerprint', async () => {
    const server = await listen(good);
    const transport = transportTo(server.port, {});
    await expect(transport.connect()).rejects.toMatchObject({ error: { code: 'server.certificate' } });
    expect(transport.connected).toBe(false);
    const question = transport.certificate;
    expect(question).toMatchObject({
      server: '127.0.0.1',
      subject: 'localhost',
      issuer: 'Test Authority, Test Authority',
      reason: 'nobody known signed it',
    });
    expect(question?.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(question?.validTo).toBeGreaterThan(Date.now());
    await expect.poll(() => server.open()).toBe(0);
    expect(server.heard).toEqual([]);
    await transportTo(server.port, { pins: [question?.fingerprint ?? ''] }).connect();
  });

  it('refuses a certificate that has expired', async () => {
    const server = await listen(await authority.issue({ hosts: ['127.0.0.1'], expired: true }));
    const transport = transportTo(server.port, { authorities: authority.certificate });
    await expect(transport.connect()).rejects.toMatchObject({
      error: { message: 'The certificate of 127.0.0.1 is not trusted: it has expired.' },
    });
  });

  it('refuses a certificate for another name, and takes one for the SIP domain', async () => {
    const server = await listen(await authority.issue({ hosts: ['example.com'] }));
    const authorities = authority.certificate;
    await expect(transportTo(server.port, { authorities }).connect()).rejects.toMatchObject({
      error: { message: 'The certificate of 127.0.0.1 is not trusted: it is for another name.' },
    });
    await transportTo(server.port, { authorities, names: ['127.0.0.1', 'example.com'] }).connect();
  });

  it('does not speak TLS older than 1.2', async () => {
    const server = await listen(good, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await expect(
      transportTo(server.port, { authorities: authority.certificate }).connect(),
    ).rejects.toMatchObject({ error: { code: 'server.refused' } });
  });

  it('takes a server that speaks something else for one that refuses', async () => {
    const server = createServer((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    await expect(transportTo(port, {}).connect()).rejects.toMatchObject({
      error: { code: 'server.refused', parameters: { port } },
    });
  });

  it('says which setting is wrong when the authorities are no certificates', async () => {
    const server = await listen(good);
    for (const authorities of ['my certificate', '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----'])
      await expect(transportTo(server.port, { authorities }).connect()).rejects.toMatchObject({
        error: { code: 'settings.invalid' },
      });
    await expect.poll(() => server.open()).toBe(0);
  });
});
