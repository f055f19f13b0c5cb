/**
 * Whether packets to a port are refused. A computer where nobody listens, or a firewall that says no, answers with ICMP (RFC 1122
 * §3.2.2.1), which the system tells to connected sockets only; so one is opened beside the sound's. What it sends is empty, which
 * no receiver takes for sound (RFC 6263 §4.1).
 */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { TransportAddress } from '../net/transport-address.ts';

const waitMs = 1_000;

/** Resolves to true where an answer, or this computer, says that they are; to false where nothing is heard of them. Never rejects. */
export function isRefused({ address, port }: TransportAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const end = (refused: boolean) => {
      clearTimeout(waiting);
      socket.off('error', onError);
      // One more answer may be on its way.
      socket.on('error', () => undefined);
      socket.close();
      resolve(refused);
    };
    const onError = () => end(true);
    const waiting = setTimeout(() => end(false), waitMs);
    socket.on('error', onError);
    socket.connect(port, address, (error?: Error) => {
      if (error) end(true);
      else socket.send(new Uint8Array(0));
    });
  });
}
