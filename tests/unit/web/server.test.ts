import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeAudioMessage } from '../../../contract/audio-frames.ts';
import { PhoneFailure } from '../../../contract/errors.ts';
import { type PhoneEvent, type PhoneHandlers, requests } from '../../../contract/phone.ts';
import { audioTakenCode, notAllowedCode } from '../../../contract/shell.ts';
import type { AudioLink } from '../../../engine/media/media-engine.ts';
import type { ServedPhone } from '../../../web/phone-socket.ts';
import { type WebServer, startWebServer } from '../../../web/server.ts';

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

let folder: string;
let server: WebServer;
let links: AudioLink[];
let emit: (event: PhoneEvent) => void;
const sockets: WebSocket[] = [];

/** A phone that calls, refuses 9999, and knows nothing else. */
function scriptedPhone(): ServedPhone {
  const listeners = new Set<(event: PhoneEvent) => void>();
  emit = (event) => listeners.forEach((listener) => listener(event));
  const unknown = Object.fromEntries(Object.keys(requests).map((name) => [name, async () => ({})]));
  const handlers = {
    ...unknown,
    'call.start': async ({ target }: { target: string }) => {
      if (target === '9999') throw new PhoneFailure('call.unknown-target', { target });
      return { callId: `to-${target}` };
    },
  } as unknown as PhoneHandlers;
  return {
    handlers,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidetone-web-'));
  const rendererFolder = join(folder, 'renderer');
  mkdirSync(join(rendererFolder, 'assets'), { recursive: true });
  writeFileSync(join(rendererFolder, 'index.html'), '<!doctype html><title>Sidetone</title>');
  writeFileSync(join(rendererFolder, 'assets/a.js'), 'export {};');
  writeFileSync(join(folder, 'app.png'), 'icon');
  writeFileSync(join(folder, 'secret.json'), '{"secret": true}');
  symlinkSync(join(folder, 'secret.json'), join(rendererFolder, 'linked.json'));
  links = [];
  server = await startWebServer({
    phone: scriptedPhone(),
    attachLink: (link) => links.push(link),
    rendererFolder,
    iconFolder: folder,
    port: 0,
  });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, path, method, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const origin = () => `http://127.0.0.1:${server.port}`;
const newToken = () => new URL(server.issueUrl()).hash.replace('#token=', '');

function exchange(token: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return ask('/session', {
    method: 'POST',
    headers: { Origin: origin(), 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
}

async function signIn(): Promise<string> {
  const { headers } = await exchange(newToken());
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

function openSocket(path: string, headers: Record<string, string>): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}
const opened = (socket: WebSocket) => new Promise<void>((resolve) => socket.once('open', () => resolve()));
const closedWith = (socket: WebSocket) =>
  new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
const nextMessage = (socket: WebSocket) =>
  new Promise<unknown>((resolve) => socket.once('message', (data) => resolve(JSON.parse(String(data)))));

describe('the page', () => {
  it('is served with a policy that starts from nothing', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(body).toContain('Sidetone');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port}`);
    expect(policy).not.toMatch(/'unsafe-(inline|eval)'|https?:|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect((await ask('/assets/a.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  it('has the icon that browsers ask for', async () => {
    const { status, headers, body } = await ask('/favicon.ico');
    expect([status, headers['content-type'], body]).toEqual([200, 'image/png', 'icon']);
  });

  it.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/%2e%2e%2fsecret.json',
    '/assets/../../secret.json',
    '/assets/%2e%2e/%2e%2e/secret.json',
    '/..%5csecret.json',
    '/assets%00.js',
    '/linked.json',
    '//secret.json',
    '/%E0%A4%A',
    '/assets',
    '/.stamp',
  ])('serves nothing outside its folder: %s', async (path) => {
    const { status, body } = await ask(path);
    expect([403, 404]).toContain(status);
    expect(body).not.toContain('secret": true');
  });

  it('refuses foreign Host and Origin, also on plain files', async () => {
    expect((await ask('/', { headers: { Host: 'evil.example' } })).status).toBe(403);
    expect((await ask('/', { headers: { Origin: 'https://evil.example' } })).status).toBe(403);
    expect((await ask('http://evil.example/')).status).toBe(403);
  });

  it('takes nothing but GET, HEAD and the exchange', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'POST']) {
      expect((await ask('/', { method, headers: { Origin: origin() } })).status).toBe(405);
    }
  });

  it('is not to be had from the network', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    if (outside === undefined) return;
    const outcome = await new Promise<string>((resolve) => {
      const socket = connect({ host: outside.address, port: server.port });
      socket.once('connect', () => resolve('connected'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    expect(outcome).toBe('ECONNREFUSED');
  });
});

describe('the exchange of the token', () => {
  it('gives a cookie once', async () => {
    const token = newToken();
    const first = await exchange(token);
    expect(first.status).toBe(204);
    expect(first.headers['set-cookie']?.[0]).toMatch(
      /^sidetone_session=[\w-]{43}; HttpOnly; SameSite=Strict/,
    );
    const second = await exchange(token);
    expect(second.status).toBe(401);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('refuses a wrong token, a foreign origin, a form and a long body, and leaves the token unused', async () => {
    const token = newToken();
    expect((await exchange('wrong')).status).toBe(401);
    expect((await exchange(token, { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await exchange(token, { 'Content-Type': 'text/plain' })).status).toBe(401);
    expect((await exchange(`${token}${' '.repeat(10_000)}`)).status).toBe(401);
    expect((await ask('/session', { method: 'POST', body: JSON.stringify({ token }) })).status).toBe(403);
    expect((await exchange(token)).status).toBe(204);
  });
});

describe('the phone socket', () => {
  it('answers requests and passes events on', async () => {
    const socket = openSocket('/phone', { Origin: origin(), Cookie: await signIn() });
    await opened(socket);
    socket.send(JSON.stringify({ id: 1, name: 'call.start', input: { target: '1001' } }));
    expect(await nextMessage(socket)).toEqual({ id: 1, answer: { ok: true, value: { callId: 'to-1001' } } });
    socket.send(JSON.stringify({ id: 2, name: 'call.start', input: { target: '9999' } }));
    expect(await nextMessage(socket)).toMatchObject({
      id: 2,
      answer: { error: { code: 'call.unknown-target' } },
    });
    socket.send(JSON.stringify({ id: 3, name: '__proto__', input: {} }));
    expect(await nextMessage(socket)).toMatchObject({
      id: 3,
      answer: { error: { code: 'request.invalid' } },
    });
    const levels = { microphoneDb: -20, speakerDb: -30, speaking: true, clipping: false };
    const event = { name: 'levels', data: { callId: 'a', ...levels } } as const;
    const received = nextMessage(socket);
    emit(event);
    expect(await received).toEqual({ event });
  });

  it.each([
    ['no cookie', {}, notAllowedCode],
    ['a wrong cookie', { Cookie: 'sidetone_session=guessed' }, notAllowedCode],
    ['a foreign origin', { Origin: 'https://evil.example' }, 1006],
    ['a foreign host', { Host: 'evil.example' }, 1006],
  ])('is closed to %s', async (_name, headers, code) => {
    const cookie = await signIn();
    const withCookie = code === notAllowedCode ? {} : { Cookie: cookie };
    const socket = openSocket('/phone', { Origin: origin(), ...withCookie, ...headers });
    expect(await closedWith(socket)).toBe(code);
  });

  it('outlives malformed frames from a program that has no cookie', async () => {
    const client = connect(server.port, '127.0.0.1');
    const head = [
      'GET /phone HTTP/1.1',
      `Host: 127.0.0.1:${server.port}`,
      `Origin: http://127.0.0.1:${server.port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    const ended = new Promise((resolve) => client.once('close', resolve));
    client.once('data', () => client.write(Buffer.alloc(64, 0xff))).on('error', () => undefined);
    client.write(`${head.join('\r\n')}\r\n\r\n`);
    await ended;
    expect((await ask('/')).status).toBe(200);
  });

  it('ends with a page that does not speak the contract, and with no other', async () => {
    const cookie = await signIn();
    const rude = openSocket('/phone', { Origin: origin(), Cookie: cookie });
    const polite = openSocket('/phone', { Origin: origin(), Cookie: cookie });
    await Promise.all([opened(rude), opened(polite)]);
    rude.send('not json');
    expect(await closedWith(rude)).toBe(1003);
    polite.send(JSON.stringify({ id: 1, name: 'call.start', input: { target: '1' } }));
    expect(await nextMessage(polite)).toMatchObject({ id: 1 });
  });
});

describe('the sound', () => {
  it('belongs to the first page until another takes it', async () => {
    const headers = { Origin: origin(), Cookie: await signIn() };
    const first = openSocket('/audio', headers);
    await opened(first);
    const second = openSocket('/audio', headers);
    expect(await closedWith(second)).toBe(audioTakenCode);
    expect(links).toHaveLength(1);
    const firstClosed = closedWith(first);
    const third = openSocket('/audio?take=1', headers);
    await opened(third);
    expect(await firstClosed).toBe(audioTakenCode);
    expect(links).toHaveLength(2);
  });

  it('is free again once its page has left', async () => {
    const headers = { Origin: origin(), Cookie: await signIn() };
    const first = openSocket('/audio', headers);
    await opened(first);
    first.close();
    await closedWith(first);
    const second = openSocket('/audio', headers);
    await opened(second);
    expect(links).toHaveLength(2);
  });

  it('goes both ways as it is', async () => {
    const socket = openSocket('/audio', { Origin: origin(), Cookie: await signIn() });
    await opened(socket);
    const [link] = links;
    const heard = new Promise<ArrayBuffer>((resolve) => link?.onMessage(resolve));
    const pull = encodeAudioMessage({ kind: 'pull', sequence: 7, timeMs: 1, depthSamples: 0 });
    socket.send(pull);
    expect(new Uint8Array(await heard)).toEqual(new Uint8Array(pull));
    const played = new Promise<Buffer>((resolve) =>
      socket.once('message', (data) => resolve(data as Buffer)),
    );
    const playout = encodeAudioMessage({
      kind: 'playout',
      sequence: 7,
      silent: false,
      samples: new Float32Array(960).fill(0.5),
    });
    link?.send(playout);
    expect(new Uint8Array(await played)).toEqual(new Uint8Array(playout));
  });
});
