/** A bare UDP socket that plays the other side: keeps what it hears, and sends any bytes. */
import { createSocket } from 'node:dgram';
import type { TransportAddress } from '../../../../../engine/net/transport-address.ts';

export interface DatagramPeer extends TransportAddress {
  /** Everything that is not just line ends, oldest first. */
  heard: string[];
  /** How many keepalives came. */
  keepalives: number;
  send(bytes: string | Uint8Array, to: TransportAddress): void;
  /** Waits for the next message that matches, heard or yet to come, and takes it out of `heard`. */
  next(pattern: RegExp): Promise<string>;
  close(): Promise<void>;
}

export async function openDatagramPeer(port = 0): Promise<DatagramPeer> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => resolve());
  });
  let waiting: (() => void)[] = [];
  const peer: DatagramPeer = {
    address: '127.0.0.1',
    port: socket.address().port,
    heard: [],
    keepalives: 0,
    send: (bytes, to) => socket.send(bytes, to.port, to.address),
    async next(pattern) {
      for (;;) {
        const at = peer.heard.findIndex((text) => pattern.test(text));
        const [found] = at === -1 ? [] : peer.heard.splice(at, 1);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (bytes) => {
    const text = bytes.toString('utf8');
    if (text.trim() === '') peer.keepalives += 1;
    else peer.heard.push(text);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  return peer;
}

/** A request in plain SIP; `fields` come before Content-Length. */
export function request(method: string, branch: string, fields: string[] = [], body = ''): string {
  return [
    `${method} sip:phone@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:9;branch=${branch};rport`,
    'From: <sip:peer@example.test>;tag=peer',
    'To: <sip:phone@example.test>',
    'Call-ID: call@example.test',
    `CSeq: 1 ${method}`,
    'Max-Forwards: 70',
    ...fields,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    '',
    body,
  ].join('\r\n');
}

/** The response to a request as heard, with its Vias. */
export function answer(heard: string, status: string, toVia = (via: string) => via): string {
  const copied = heard
    .split('\r\n')
    .filter((line) => /^(?:via|from|to|call-id|cseq):/i.test(line))
    .map((line) => (/^via:/i.test(line) ? toVia(line) : line));
  return [`SIP/2.0 ${status}`, ...copied, 'Content-Length: 0', '', ''].join('\r\n');
}
