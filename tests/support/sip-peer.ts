/**
 * A SIP server by hand on a real UDP socket: it sees every datagram, answers as the test says, and shares no code with the phone's
 * own SIP stack.
 */
import { createSocket } from 'node:dgram';

export interface PeerMessage {
  /** `REGISTER sip:… SIP/2.0` or `SIP/2.0 200 OK`. */
  startLine: string;
  /** Method of a request, or of CSeq for a response. */
  method: string;
  /** 0 for a request. */
  status: number;
  body: string;
  text: string;
  /** Values of a header in order; names are compared without case. */
  all(name: string): string[];
  header(name: string): string;
  source: { address: string; port: number };
}

export interface SipPeer {
  readonly port: number;
  readonly received: PeerMessage[];
  /** Answers requests; set by the test. */
  onRequest: (message: PeerMessage) => void;
  reply(request: PeerMessage, status: string, headers?: string[], body?: string): void;
  send(lines: string[], body: string, to: { address: string; port: number }): void;
  /** The first message, past or future, that fits. */
  waitFor(fits: (message: PeerMessage) => boolean, limitMs?: number): Promise<PeerMessage>;
  close(): Promise<void>;
}

/** To tag of every answer of this peer. */
export const peerTag = 'peer-tag';

/** Reads one whole message. */
export function readPeerMessage(text: string, source: PeerMessage['source']): PeerMessage {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [startLine = '', ...lines] = head.split('\r\n');
  const all = (name: string) =>
    lines.flatMap((line) =>
      line.toLowerCase().startsWith(`${name.toLowerCase()}:`) ? [line.slice(name.length + 1).trim()] : [],
    );
  const header = (name: string) => all(name)[0] ?? '';
  const status = Number(/^SIP\/2\.0 (\d{3})/.exec(startLine)?.[1] ?? 0);
  const method = header('CSeq').split(' ')[1] ?? '';
  return {
    startLine,
    method,
    status,
    body: rest.join('\r\n\r\n'),
    text,
    all,
    header,
    source: { address: source.address, port: source.port },
  };
}

/** Lines of a response to a request, without Content-Length. */
export function replyLines(request: PeerMessage, status: string, headers: string[] = []): string[] {
  const to = request.header('To');
  return [
    `SIP/2.0 ${status}`,
    ...request.all('Via').map((via) => `Via: ${via}`),
    `From: ${request.header('From')}`,
    `To: ${to.includes(';tag=') || status.startsWith('100') ? to : `${to};tag=${peerTag}`}`,
    `Call-ID: ${request.header('Call-ID')}`,
    `CSeq: ${request.header('CSeq')}`,
    ...headers,
  ];
}

/** @param address of this computer to listen at */
export async function sipPeer(address = '127.0.0.1'): Promise<SipPeer> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  const received: PeerMessage[] = [];
  const waiting = new Set<() => void>();
  const send = (lines: string[], body: string, to: { address: string; port: number }) => {
    const type = body === '' ? [] : ['Content-Type: application/sdp'];
    const own = lines.some((line) => /^content-type:/i.test(line)) ? [] : type;
    const text = [...lines, ...own, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    socket.send(text, to.port, to.address);
  };
  const peer: SipPeer = {
    port: socket.address().port,
    received,
    onRequest: () => undefined,
    send,
    reply(request, status, headers = [], body = '') {
      send(replyLines(request, status, headers), body, request.source);
    },
    async waitFor(fits, limitMs = 5_000) {
      const deadline = Date.now() + limitMs;
      for (;;) {
        const found = received.find(fits);
        if (found !== undefined) return found;
        const left = deadline - Date.now();
        if (left <= 0) {
          throw new Error(
            `nothing like that came; received: ${received.map((m) => m.startLine).join(' | ')}`,
          );
        }
        await new Promise<void>((resolve) => {
          const wake = () => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, left);
          waiting.add(wake);
        });
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (bytes, source) => {
    const text = bytes.toString('utf8');
    if (text.trim() === '') return;
    const message = readPeerMessage(text, source);
    received.push(message);
    if (message.status === 0) peer.onRequest(message);
    for (const wake of [...waiting]) wake();
  });
  return peer;
}

/** Lines of a request from the peer to the phone, without Content-Length. */
export function peerRequest(request: {
  method: string;
  uri: string;
  peerPort: number;
  callId: string;
  cseq: number;
  branch: string;
  toTag?: string;
  headers?: string[];
}): string[] {
  const { method, uri, peerPort, callId, cseq, branch, toTag, headers = [] } = request;
  const from = headers.some((line) => line.startsWith('From:'))
    ? []
    : [`From: "Anna" <sip:1001@127.0.0.1:${peerPort}>;tag=${peerTag}`];
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${peerPort};branch=z9hG4bK${branch}`,
    'Max-Forwards: 70',
    ...from,
    `To: <sip:1000@127.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:1001@127.0.0.1:${peerPort}>`,
    ...headers,
  ];
}

/** A plain audio description. */
export function peerDescription(port: number, formats = '0 101', lines: string[] = []): string {
  return [
    'v=0',
    'o=peer 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP ${formats}`,
    'a=rtpmap:101 telephone-event/8000',
    ...lines,
    '',
  ].join('\r\n');
}
