/** A SIP server by hand on a real TCP or TLS socket: it sees every message and every keepalive, and answers as the test says. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { readPeerMessage, replyLines, type PeerMessage } from './sip-peer.ts';

export interface StreamPeer {
  readonly port: number;
  readonly received: PeerMessage[];
  /** Connections that stand, oldest first. */
  readonly connections: Socket[];
  /** Double CRLFs that came (RFC 5626 §3.5.1). */
  pings: number;
  /** Answers a ping with one CRLF. */
  pongs: boolean;
  /** Answers requests; set by the test. */
  onRequest: (message: PeerMessage) => void;
  reply(request: PeerMessage, status: string, headers?: string[], body?: string): void;
  /** Breaks the connections and listens no more. */
  close(): Promise<void>;
}

export interface StreamPeerOptions {
  /** For TLS, PEM. */
  tls?: { key: string; certificate: string };
  port?: number;
  address?: string;
}

export async function streamPeer({ tls, port = 0, address }: StreamPeerOptions = {}): Promise<StreamPeer> {
  const connections: Socket[] = [];
  const server =
    tls === undefined ? createServer() : createTlsServer({ key: tls.key, cert: tls.certificate });
  const sourceOf = (socket: Socket) => ({
    address: socket.remoteAddress ?? '',
    port: socket.remotePort ?? 0,
  });

  const take = (socket: Socket) => {
    let pending = '';
    connections.push(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => connections.splice(connections.indexOf(socket), 1));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      pending += chunk;
      for (;;) {
        if (pending.startsWith('\r\n\r\n')) {
          peer.pings += 1;
          pending = pending.slice(4);
          if (peer.pongs) socket.write('\r\n');
          continue;
        }
        const headEnd = pending.indexOf('\r\n\r\n');
        const length = Number(/\r\nContent-Length: *(\d+)/i.exec(pending.slice(0, headEnd))?.[1] ?? 0);
        if (headEnd === -1 || pending.length < headEnd + 4 + length) return;
        const message = readPeerMessage(pending.slice(0, headEnd + 4 + length), sourceOf(socket));
        pending = pending.slice(headEnd + 4 + length);
        peer.received.push(message);
        if (message.status === 0) peer.onRequest(message);
      }
    });
  };
  server.on('tlsClientError', () => undefined);
  server.on(tls === undefined ? 'connection' : 'secureConnection', take);
  await new Promise<void>((resolve) => server.listen(port, address ?? '127.0.0.1', resolve));

  const peer: StreamPeer = {
    port: (server.address() as AddressInfo).port,
    received: [],
    connections,
    pings: 0,
    pongs: false,
    onRequest: () => undefined,
    reply(request, status, headers = [], body = '') {
      const socket = connections.find((each) => sourceOf(each).port === request.source.port);
      const type = body === '' ? [] : ['Content-Type: application/sdp'];
      const lines = [...replyLines(request, status, headers), ...type];
      socket?.write([...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of [...connections]) socket.destroy();
      }),
  };
  return peer;
}
