/** Whether a SIP server is there: what is asked before a phone that is served elsewhere goes back to it. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { randomToken } from '../random-token.ts';
import type { Clock } from '../../net/clock.ts';
import { dial } from '../../net/dial.ts';
import type { Target } from './resolve.ts';
import type { TlsTrust } from '../../net/tls.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import { magicCookie, writeHost } from './via.ts';

/** When the question is sent, milliseconds from the beginning: a lost datagram shall not make a server seem gone. */
const askedAtMs = [0, 500, 1000];
const withinMs = 2000;

/** A stream is there when it accepts and, with TLS, shows a good certificate; UDP when anything comes back. Never rejects. */
export async function answers(
  target: Target,
  surroundings: { localAddress: string | undefined; tls: TlsTrust | undefined; clock: Clock },
): Promise<boolean> {
  const { localAddress, tls, clock } = surroundings;
  const { protocol, endpoints: candidates } = target;
  if (protocol === 'UDP') return answersDatagrams(candidates[0], localAddress, clock);
  const server = { host: target.host, port: target.port };
  try {
    const { socket } = await dial({
      server,
      candidates,
      localAddress,
      localPort: undefined,
      withinMs,
      tls,
      clock,
    });
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}

function answersDatagrams(
  server: TransportAddress,
  localAddress: string | undefined,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4');
    const cancels: (() => void)[] = [];
    const settle = (there: boolean) => {
      for (const cancel of cancels.splice(0)) cancel();
      socket.removeAllListeners();
      socket.close();
      resolve(there);
    };
    socket.on('error', () => settle(false));
    socket.on('message', () => settle(true));
    socket.bind(0, localAddress, () => {
      const { port } = socket.address();
      const question = optionsRequest(server, port);
      for (const atMs of askedAtMs)
        cancels.push(
          clock.after(atMs, () => socket.send(question, server.port, server.address, () => undefined)),
        );
      cancels.push(clock.after(withinMs, () => settle(false)));
    });
  });
}

/** RFC 3261 §11: OPTIONS to the server itself, answered to where it came from (RFC 3581). */
function optionsRequest(server: TransportAddress, localPort: number): string {
  const uri = `sip:${writeHost(server.address)}:${server.port}`;
  return [
    `OPTIONS ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP sidetone.invalid:${localPort};branch=${magicCookie}${randomToken(12)};rport`,
    'Max-Forwards: 70',
    `From: <sip:ping@sidetone.invalid>;tag=${randomToken(8)}`,
    `To: <${uri}>`,
    `Call-ID: ${randomToken(12)}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
