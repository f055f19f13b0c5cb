/** A registrar and far side in one, behind a bad network: it answers the first call and plays its recording as the network lets it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { sipPeer, type PeerMessage } from '../support/sip-peer.ts';
import type { Delivery, FromImpairedSource, ReturnedPacket, ToImpairedSource } from './impairment.ts';

export interface ImpairedPeer {
  sipPort: number;
  /** Resolves when the last packet is out. */
  played: Promise<void>;
  /** When the first frame was said, and what came back, by the computer's monotonic clock. */
  report(): Promise<{ startedAtMs: number; returned: ReturnedPacket[] }>;
  close(): Promise<void>;
}

export async function openImpairedPeer(
  address: string,
  codes: Uint8Array,
  schedule: Delivery[],
): Promise<ImpairedPeer> {
  const source = new Worker(new URL('./impaired-source.ts', import.meta.url));
  const tell = (message: ToImpairedSource) => source.postMessage(message);
  const heard = async <T extends FromImpairedSource['type']>(type: T) => {
    for (;;) {
      const [message] = (await once(source, 'message')) as [FromImpairedSource];
      if (message.type === type) return message as FromImpairedSource & { type: T };
    }
  };
  const bound = heard('bound');
  tell({ type: 'bind', address });
  const { port } = await bound;
  const sip = await sipPeer(address);
  const contact = `Contact: <sip:peer@${address}:${sip.port}>`;
  const description = [
    ...['v=0', `o=peer 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'],
    ...[`m=audio ${port} RTP/AVP 0 101`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000'],
    ...['a=ptime:20', ''],
  ].join('\r\n');
  let playing = false;
  const answers: Record<string, (request: PeerMessage) => void> = {
    ACK: () => undefined,
    REGISTER: (request) =>
      sip.reply(request, '200 OK', [`Contact: ${request.header('Contact')};expires=600`]),
    INVITE: (request) => {
      sip.reply(request, '200 OK', [contact], description);
      if (!playing) tell({ type: 'play', to: offeredAddress(request.body), codes, schedule });
      playing = true;
    },
  };
  sip.onRequest = (request) =>
    (answers[request.method] ?? (() => sip.reply(request, '200 OK', [contact])))(request);
  return {
    sipPort: sip.port,
    played: heard('done').then(() => undefined),
    report: () => {
      const report = heard('report');
      tell({ type: 'report' });
      return report;
    },
    close: async () => {
      const ended = once(source, 'exit');
      tell({ type: 'close' });
      await Promise.all([ended, sip.close()]);
    },
  };
}

function offeredAddress(offer: string): { address: string; port: number } {
  const address = /^c=IN IP4 (\S+)/m.exec(offer)?.[1] ?? '';
  return { address, port: Number(/^m=audio (\d+) /m.exec(offer)?.[1]) };
}
