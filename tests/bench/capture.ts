/**
 * What passes over a cable, with the kernel's own times: tcpdump writes it, and UDP and TCP over IPv4 are read from its
 * file: a segment of TCP counts as a packet, which holds for messages that fit into one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface CapturedPacket {
  /** Milliseconds since 1970, to the microsecond and better. */
  atMs: number;
  source: { address: string; port: number };
  target: { address: string; port: number };
  payload: Buffer;
}

const startLimitMs = 10_000;
/** What the kernel has kept back when tcpdump is ended. */
const settleMs = 300;
const fileHeaderBytes = 24;
const packetHeaderBytes = 16;
const nanosecondMagic = 0xa1b23c4d;
const ethernetBytes = 14;
const udpProtocol = 17;
const udpBytes = 8;
const tcpProtocol = 6;
const tcpBytes = 20;

export class Capture {
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Resolves once packets are being kept.
   * @param cable name of an Ethernet interface
   * @param filter in the words of pcap-filter(7)
   * @param bytes of each frame that are kept, all when absent
   */
  static async start(cable: string, filter = 'udp or tcp', bytes = 0): Promise<Capture> {
    const folder = mkdtempSync(join(tmpdir(), 'sidetone-capture-'));
    const child = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'tcpdump', '-i', cable, '-U', '--time-stamp-precision=nano'],
        ...['-B', '16384', '-s', String(bytes), '-Z', 'root', '-w', join(folder, 'packets.pcap'), filter],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const deadline = performance.now() + startLimitMs;
    while (!said.includes('listening on')) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`tcpdump: ${said}`);
      await delay(20);
    }
    return new Capture(child, folder);
  }

  /** Ends it. Resolves to what has passed, in the order of time. */
  async stop(): Promise<CapturedPacket[]> {
    await delay(settleMs);
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGINT');
    await exited;
    try {
      return readCapture(readFileSync(join(this.#folder, 'packets.pcap')));
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/** Reads a capture of an Ethernet interface with times in nanoseconds. Throws for any other file. */
export function readCapture(file: Buffer): CapturedPacket[] {
  if (file.length < fileHeaderBytes || file.readUInt32LE(0) !== nanosecondMagic)
    throw new Error('not a capture with nanoseconds');
  const packets: CapturedPacket[] = [];
  let at = fileHeaderBytes;
  while (at + packetHeaderBytes <= file.length) {
    const atMs = file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1e6;
    const length = file.readUInt32LE(at + 8);
    const frame = file.subarray(at + packetHeaderBytes, at + packetHeaderBytes + length);
    at += packetHeaderBytes + length;
    const packet = frame.length < length ? null : datagramOf(frame.subarray(ethernetBytes), atMs);
    if (packet !== null) packets.push(packet);
  }
  return packets;
}

function datagramOf(ip: Buffer, atMs: number): CapturedPacket | null {
  if (ip.length < 20 || ip.readUInt8(0) >> 4 !== 4) return null;
  const within = ip.subarray((ip.readUInt8(0) & 0x0f) * 4, ip.readUInt16BE(2));
  const payload = payloadOf(ip.readUInt8(9), within);
  if (payload === null || payload.length === 0) return null;
  const address = (from: number) => [...ip.subarray(from, from + 4)].join('.');
  return {
    atMs,
    source: { address: address(12), port: within.readUInt16BE(0) },
    target: { address: address(16), port: within.readUInt16BE(2) },
    payload,
  };
}

function payloadOf(protocol: number, within: Buffer): Buffer | null {
  if (protocol === udpProtocol && within.length >= udpBytes)
    return within.subarray(udpBytes, within.readUInt16BE(4));
  if (protocol === tcpProtocol && within.length >= tcpBytes)
    return within.subarray((within.readUInt8(12) >> 4) * 4);
  return null;
}
