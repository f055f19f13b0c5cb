/**
 * The browser shell's server: the built page and two WebSockets on 127.0.0.1, for this person's browser alone. Each request
 * and each upgrade passes the gate (gate.ts) first.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { notAllowedCode } from '../contract/shell.ts';
import type { AudioLink } from '../engine/media/media-engine.ts';
import { readPageFile } from '../host/page-files.ts';
import { pageHeaders } from '../host/page-policy.ts';
import { createAudioOwner } from './audio-owner.ts';
import { type Gate, type RequestHead, createGate, sessionCookie } from './gate.ts';
import { type ServedPhone, bindPhoneSocket } from './phone-socket.ts';

/** A token's JSON is far shorter. */
const longestBodyBytes = 4_096;
const longestMessageBytes = 64 * 1024;
const headersLimitMs = 10_000;

export interface WebServerOptions {
  phone: ServedPhone;
  attachLink: (link: AudioLink) => void;
  /** The built renderer. */
  rendererFolder: string;
  /** Holds app.png, the icon that browsers ask for by themselves. */
  iconFolder: string;
  /** 0: a free one. */
  port: number;
}

export interface WebServer {
  readonly port: number;
  /** An address with a fresh one-time token; each is good for one browser. */
  issueUrl(): string;
  close(): Promise<void>;
}

/** Starts listening. Rejects when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const server = createServer({ requestTimeout: headersLimitMs, headersTimeout: headersLimitMs });
  const port = await listen(server, options.port);
  const gate = createGate(port);
  const headers = pageHeaders([`ws://127.0.0.1:${port}`, `ws://localhost:${port}`]);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessageBytes });
  const audioOwner = createAudioOwner(options.attachLink);

  server.on('request', (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    void answer(request, response, gate, options).catch(() => response.destroy());
  });
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, rest: Buffer) => {
    const url = pathOf(request);
    const refusal = gate.checkUpgrade(headOf(request));
    if (url === null || (url.pathname !== '/phone' && url.pathname !== '/audio')) {
      refuse(connection, '404 Not Found');
    } else if (refusal !== null && refusal !== 'cookie') {
      refuse(connection, '403 Forbidden');
    } else {
      sockets.handleUpgrade(request, connection, rest, (socket) => {
        // Without a listener a malformed frame would end the phone, whoever sent it.
        socket.on('error', () => socket.terminate());
        if (refusal === 'cookie') socket.close(notAllowedCode, 'no valid session');
        else if (url.pathname === '/phone') bindPhoneSocket(socket, options.phone);
        else audioOwner.claim(socket, url.searchParams.get('take') === '1');
      });
    }
  });

  let closing: Promise<void> | undefined;
  return {
    port,
    issueUrl: () => `http://127.0.0.1:${port}/#token=${gate.issueToken()}`,
    close: () => (closing ??= closeAll(server, sockets)),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  { rendererFolder, iconFolder }: Pick<WebServerOptions, 'rendererFolder' | 'iconFolder'>,
): Promise<void> {
  const url = pathOf(request);
  const isExchange = request.method === 'POST' && url?.pathname === '/session';
  if (url === null || gate.checkHead(headOf(request), isExchange) !== null) {
    end(response, 403, 'This address is for the phone on this computer alone.');
  } else if (isExchange) {
    await exchangeToken(request, response, gate);
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    end(response, 405, 'Only GET.');
  } else {
    const file =
      url.pathname === '/favicon.ico'
        ? await readPageFile(iconFolder, '/app.png')
        : await readPageFile(rendererFolder, url.pathname);
    if (file === null) {
      end(response, 404, 'Not found.');
      return;
    }
    response.writeHead(200, { 'Content-Type': file.contentType, 'Content-Length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  }
}

async function exchangeToken(request: IncomingMessage, response: ServerResponse, gate: Gate): Promise<void> {
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  const body = isJson ? await readJson(request) : null;
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined;
  const value = gate.redeem(token);
  if (value === null) {
    end(response, 401, 'This link has been used. Start the phone again for a new one.');
    return;
  }
  response.writeHead(204, { 'Set-Cookie': sessionCookie(value) });
  response.end();
}

/** The body's JSON; undefined when it is too long or is none. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > longestBodyBytes) return undefined;
    parts.push(part as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}

function end(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${sentence}\n`);
}

function refuse(connection: Duplex, status: string): void {
  connection.on('error', () => connection.destroy());
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function headOf(request: IncomingMessage): RequestHead {
  const { host, origin, cookie } = request.headers;
  return { method: request.method ?? '', host, origin, cookie, remoteAddress: request.socket.remoteAddress };
}

/** The request's path and query; null for a target that is no path (absolute form, garbage). */
function pathOf(request: IncomingMessage): URL | null {
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//')) return null;
  try {
    return new URL(target, 'http://127.0.0.1');
  } catch {
    return null;
  }
}

async function closeAll(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
