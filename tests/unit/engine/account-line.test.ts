/** An account's line at servers of several kinds: what it calls them, and where it really goes. */
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { accountSettings, defaultSettings, type AccountSettings } from '../../../contract/settings.ts';
import { AccountLine } from '../../../engine/account-line.ts';
import { silentLogger } from '../../../engine/log.ts';
import { readPeerMessage, replyLines, type PeerMessage } from '../../support/sip-peer.ts';
import { streamPeer } from '../../support/stream-peer.ts';
import { fakeMedia } from './sip/support/fake-media.ts';
import { registrationIs } from './sip/support/test-agent.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function lineOf(account: Partial<AccountSettings>): AccountLine {
  const line = new AccountLine({
    readSecret: async () => undefined,
    account: accountSettings.parse({
      id: 'a',
      label: 'Office',
      kind: 'sip',
      user: '1000',
      server: '',
      ...account,
    }),
    password: async () => undefined,
    hasPassword: false,
    settings: () => defaultSettings,
    media: fakeMedia(),
    userAgentName: 'Test/1',
    log: silentLogger,
  });
  closers.push(() => line.close());
  return line;
}

describe('an account whose WebSocket is at another host than its SIP domain', () => {
  it('connects to the one and addresses the other', async () => {
    const heard: PeerMessage[] = [];
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'sip' });
    await new Promise((resolve) => server.once('listening', resolve));
    closers.push(() => server.close());
    server.on('connection', (socket) =>
      socket.on('message', (data) => {
        const message = readPeerMessage(String(data), { address: '', port: 0 });
        heard.push(message);
        if (message.status === 0)
          socket.send([...replyLines(message, '200 OK'), 'Content-Length: 0', '', ''].join('\r\n'));
      }),
    );
    const { port } = server.address() as AddressInfo;
    const line = lineOf({
      server: 'pbx.example.com',
      domain: '172.17.16.24',
      transport: 'ws',
      ws_uri: `ws://localhost:${port}/ws`,
    });
    await line.start();
    await registrationIs(line.userAgent, 'registered');
    expect(heard[0]?.startLine).toBe('REGISTER sip:172.17.16.24 SIP/2.0');
    expect(heard[0]?.header('From')).toContain('<sip:1000@172.17.16.24>');
    expect(line.snapshot).toMatchObject({ server: 'pbx.example.com', transport: 'ws', secure: false });
  });
});

describe('an account at an IPv6 address', () => {
  it.each(['::1', '[::1]'])('writes %s in brackets wherever a port may follow', async (server) => {
    const registrar = await streamPeer({ address: '::1' });
    closers.push(() => registrar.close());
    registrar.onRequest = (request) => registrar.reply(request, '200 OK');
    const line = lineOf({ server, port: registrar.port, transport: 'tcp' });
    await line.start();
    await registrationIs(line.userAgent, 'registered');
    const [request] = registrar.received;
    expect(request?.startLine).toBe('REGISTER sip:[::1] SIP/2.0');
    expect(request?.header('Via')).toMatch(/^SIP\/2\.0\/TCP \[::1\]:\d+;branch=/);
    expect(request?.header('Contact')).toMatch(/^<sip:1000@\[::1\]:\d+;transport=tcp>/);
  });

  it('offers sound there too', async () => {
    const registrar = await streamPeer({ address: '::1' });
    closers.push(() => registrar.close());
    registrar.onRequest = (request) => {
      if (request.method !== 'ACK')
        registrar.reply(request, request.method === 'INVITE' ? '486 Busy Here' : '200 OK');
    };
    const line = lineOf({ server: '::1', port: registrar.port, transport: 'tcp' });
    await line.start();
    await registrationIs(line.userAgent, 'registered');
    line.userAgent.call('1001', { id: 'one', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect
      .poll(() => registrar.received.find(({ method }) => method === 'INVITE')?.body)
      .toMatch(/\r\nc=IN IP6 ::1\r\n/);
  });
});
