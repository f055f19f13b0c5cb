/**
 * Sends RFC 4475's messages, as the RFC's own bytes, to a phone on a real UDP socket and notes what it answers. Answers go to the
 * sender's address and the port of the topmost Via (RFC 3261 §18.2.2), so the sender listens there.
 */
import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tortureVerdicts, type TortureVerdict } from './rfc4475-verdicts.ts';

export interface TortureResult extends TortureVerdict {
  /** The first answer that is not a 100, or null for none. */
  answer: number | null;
  /** Different answers that came after it; repeats of the same are the transaction's right. */
  others: number[];
  /** The phone answers OPTIONS afterwards. */
  alive: boolean;
}

/** A sender of its own for each message, on this computer: repeats of an earlier answer go elsewhere, and port 5060 is free there. */
const senderAddress = (index: number) => `127.0.1.${index + 1}`;
const silenceMs = 400;
const aliveMs = 2_000;

/** True when the answer is what the RFC wants, nothing else came, and the phone is alive. */
export function isRight({ right, answer, others, alive }: TortureResult): boolean {
  return alive && others.length === 0 && (answer === null ? right.length === 0 : right.includes(answer));
}

/** Port of the topmost Via's sent-by; 5060 when it names none or cannot be read. */
function viaPort(message: string): number {
  const via = /^(?:via|v)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)/im.exec(message)?.[1] ?? '';
  const sentBy = /^\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+[^;,\s]+/i.exec(via)?.[0] ?? '';
  const port = Number(/:(\d{1,5})$/.exec(sentBy)?.[1] ?? 5060);
  return port > 0 && port < 0x1_0000 ? port : 5060;
}

const statusOf = (data: Buffer) => Number(/^SIP\/2\.0 (\d{3})/.exec(data.toString('latin1'))?.[1] ?? 0);

async function bound(address: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, resolve);
  });
  return socket;
}

async function isAlive(socket: Socket, phonePort: number, name: string): Promise<boolean> {
  const { address, port } = socket.address();
  const lines = [
    `OPTIONS sip:user@127.0.0.1:${phonePort} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bKalive${name}`,
    'Max-Forwards: 70',
    `From: <sip:sender@${address}>;tag=alive`,
    `To: <sip:user@127.0.0.1:${phonePort}>`,
    `Call-ID: alive-${name}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ];
  const answered = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), aliveMs);
    socket.on('message', (data) => {
      if (!data.toString('latin1').includes(`alive-${name}`)) return;
      clearTimeout(timer);
      resolve(statusOf(data) === 200);
    });
  });
  socket.send(`${lines.join('\r\n')}\r\n\r\n`, phonePort, '127.0.0.1');
  return answered;
}

export interface TorturedPhone {
  /** Its SIP port on 127.0.0.1. */
  port: number;
  close(): Promise<unknown>;
}

/**
 * Sends each message to a phone of its own and waits for what comes: several of them are, by their branches, the same transaction
 * as one before, which a phone would rightly absorb.
 */
export async function runTorture(
  folder: string,
  openPhone: () => Promise<TorturedPhone>,
): Promise<TortureResult[]> {
  const results: TortureResult[] = [];
  for (const [index, verdict] of tortureVerdicts.entries()) {
    const bytes = readFileSync(join(folder, `${verdict.name}.dat`));
    const socket = await bound(senderAddress(index), viaPort(bytes.toString('latin1')));
    const phone = await openPhone();
    const statuses: number[] = [];
    socket.on('message', (data) => {
      const status = statusOf(data);
      if (status > 100 && !data.includes('alive-')) statuses.push(status);
    });
    socket.send(bytes, phone.port, '127.0.0.1');
    await delay(silenceMs);
    const alive = await isAlive(socket, phone.port, verdict.name);
    await phone.close();
    await new Promise<void>((resolve) => socket.close(resolve));
    const [answer = null] = statuses;
    results.push({ ...verdict, answer, others: statuses.filter((status) => status !== answer), alive });
  }
  return results;
}

/** The results as a table for people. */
export function tortureTable(results: readonly TortureResult[]): string {
  const lines = results.map((result) => {
    const { section, name, kind, right, answer, others, title } = result;
    const got = [answer ?? 'none', ...others].join(' ');
    const wanted = right.length === 0 ? 'none' : right.join(' or ');
    const mark = isRight(result) ? 'right' : 'WRONG';
    return [
      section.padEnd(9),
      name.padEnd(11),
      kind.padEnd(8),
      got.padEnd(7),
      mark,
      `${title}; right is ${wanted}`,
    ].join(' ');
  });
  const wrong = results.filter((result) => !isRight(result)).length;
  const head = 'section   message     kind     answer        what it is';
  return [head, ...lines, `${results.length - wrong} of ${results.length} answered as RFC 4475 says`].join(
    '\n',
  );
}
