/**
 * How this computer marks the packets of calls, read back for real where the system permits: a program cannot mark them itself, a
 * policy of the system does (docs/qos.md).
 *
 *   Linux, macOS   a packet from an RTP port to this computer itself, captured on the way by tcpdump, where that is permitted
 *   Windows        the policies in force, as PowerShell tells them
 */
import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { platform } from 'node:os';
import { basename } from 'node:path';
import type { PacketMark, PacketMarkReader } from '../contract/services.ts';

const timeoutMs = 5_000;
const probeEveryMs = 50;
const captureCure = 'Run `sidetone diagnostics` as an administrator: only they may look at packets.';

/** Reads the mark back. Never rejects, and is over within some seconds. */
export const readPacketMark: PacketMarkReader = (ports) =>
  platform() === 'win32' ? markOfPolicies(basename(process.execPath)) : markOfPacket(ports);

interface Ended {
  /** Why it could not be run; empty when it could. */
  trouble: string;
  output: string;
}

/** Runs a program until it ends or says enough. Its first words on stderr begin whatever `onWords` does. */
function run(
  program: string,
  args: string[],
  onWords: (words: string) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let [output, words] = ['', ''];
    const timer = setTimeout(() => child.kill(), timeoutMs);
    child.stdout.on('data', (data: Buffer) => (output += data.toString('utf8')));
    child.stderr.on('data', (data: Buffer) => {
      words += data.toString('utf8');
      onWords(words);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ trouble: error.message, output });
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ trouble: status === 0 ? '' : (words.trim().split('\n').at(-1) ?? ''), output });
    });
  });
}

/** Catches one of our own packets on its way from an RTP port to this computer. */
async function markOfPacket({ portMin, portMax }: { portMin: number; portMax: number }): Promise<PacketMark> {
  const sender = await boundSocket(portMin, portMax);
  const receiver = await boundSocket(0, 0);
  if (sender === null || receiver === null) {
    sender?.close();
    receiver?.close();
    return { kind: 'unknown', reason: 'no port is free', cure: 'End calls and try again.' };
  }
  const [from, to] = [sender.address().port, receiver.address().port];
  let timer: NodeJS.Timeout | undefined;
  try {
    const filter = `udp and src port ${from} and dst port ${to}`;
    const { trouble, output } = await run(
      'tcpdump',
      ['-i', platform() === 'darwin' ? 'lo0' : 'lo', '-n', '-v', '-l', '-c', '1', '--immediate-mode', filter],
      (words) => {
        if (!words.includes('listening on')) return;
        timer ??= setInterval(() => sender.send('mark?', to, '127.0.0.1'), probeEveryMs);
      },
    );
    return markIn(output) ?? { kind: 'unknown', reason: trouble || 'no packet was seen', cure: captureCure };
  } finally {
    clearInterval(timer);
    sender.close();
    receiver.close();
  }
}

/** The code point that tcpdump tells: the upper six bits of the type of service (RFC 2474 §3). */
export function markIn(output: string): PacketMark | undefined {
  const tos = /\btos 0x([0-9a-f]{1,2})\b/.exec(output)?.[1];
  return tos === undefined ? undefined : { kind: 'read', dscp: Number.parseInt(tos, 16) >> 2 };
}

/** The first free port of a range on loopback, or null. */
async function boundSocket(portMin: number, portMax: number): Promise<Socket | null> {
  for (let port = portMin; port <= Math.min(portMax, portMin + 50); port += 1) {
    const socket = createSocket('udp4');
    const bound = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => resolve(true));
    });
    if (bound) return socket;
    socket.close();
  }
  return null;
}

const policyCommand =
  'Get-NetQosPolicy -PolicyStore ActiveStore | Select-Object AppPathName,DSCPAction | ConvertTo-Json -Compress';

async function markOfPolicies(program: string): Promise<PacketMark> {
  const { trouble, output } = await run('powershell.exe', ['-NoProfile', '-Command', policyCommand]);
  if (trouble !== '') return { kind: 'unknown', reason: trouble, cure: captureCure };
  return { kind: 'read', dscp: dscpOfPolicies(output, program) };
}

/** The code point that the policies give to a program; 0 where none names it. Both one policy and a list are read. */
export function dscpOfPolicies(json: string, program: string): number {
  let policies: unknown;
  try {
    policies = json.trim() === '' ? [] : JSON.parse(json);
  } catch {
    return 0;
  }
  for (const policy of Array.isArray(policies) ? (policies as unknown[]) : [policies]) {
    if (typeof policy !== 'object' || policy === null) continue;
    const { AppPathName: path, DSCPAction: dscp } = policy as { AppPathName?: unknown; DSCPAction?: unknown };
    if (typeof path !== 'string' || typeof dscp !== 'number' || dscp < 0) continue;
    const named = path.split(/[\\/]/).at(-1) ?? '';
    if (named.toLowerCase() === program.toLowerCase()) return dscp;
  }
  return 0;
}
