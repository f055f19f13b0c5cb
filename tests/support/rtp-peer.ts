/**
 * The far side of a call's sound: a UDP socket on loopback in a thread of its own, which notes each RTP packet with the time of
 * its arrival and sends a clean stream of 20 ms packets back.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type {
  FromRtpPeerThread,
  RtpPeerOptions,
  RtpPeerReport,
  ToRtpPeerThread,
} from './rtp-peer-messages.ts';

export interface RtpPeer {
  readonly port: number;
  readonly rtcpPort: number;
  /** Sends G.711 codes (a multiple of 160), over and over, 160 in each packet; a stream that runs already is replaced. */
  send(to: { address: string; port: number }, payloadType: number, codes: Uint8Array): void;
  report(): Promise<RtpPeerReport>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** @throws when no port can be bound. */
export async function openRtpPeer(options: RtpPeerOptions = {}): Promise<RtpPeer> {
  const thread = new Worker(new URL('./rtp-peer-thread.ts', import.meta.url), { workerData: options });
  const tell = (message: ToRtpPeerThread) => thread.postMessage(message);
  const heard = async <T extends FromRtpPeerThread['type']>(type: T) => {
    const [message] = (await once(thread, 'message')) as [FromRtpPeerThread];
    if (message.type !== type) throw new Error(`the peer said ${message.type}, not ${type}`);
    return message as FromRtpPeerThread & { type: T };
  };
  const { port, rtcpPort } = await heard('ready');
  const ended = once(thread, 'exit');
  let closing = false;
  return {
    port,
    rtcpPort,
    send: (to, payloadType, codes) => tell({ type: 'send', to, payloadType, codes }),
    report: async () => {
      const answer = heard('report');
      tell({ type: 'report' });
      return (await answer).report;
    },
    close: async () => {
      if (!closing) tell({ type: 'close' });
      closing = true;
      await ended;
    },
  };
}
