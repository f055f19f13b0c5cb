/** The notifier's side of subscriptions on a peer: it registers whoever comes, accepts SUBSCRIBE and sends NOTIFYs. */
import type { PeerMessage, SipPeer } from '../../../../support/sip-peer.ts';
import { peerTag } from '../../../../support/sip-peer.ts';

/** What a NOTIFY says, without what follows from the subscription. */
export interface NotifyText {
  body?: string;
  type?: string;
  /** `Subscription-State`; active when absent. */
  state?: string;
  /** From tag of a notifier that is not the first. */
  tag?: string;
  cseq?: number;
}

export interface EventServer {
  /** Every SUBSCRIBE of one event package, in order. */
  subscribes(event: string): PeerMessage[];
  /** Sends a NOTIFY for a SUBSCRIBE; resolves to the answer. */
  notify(subscribe: PeerMessage, text?: NotifyText): Promise<PeerMessage>;
}

let branches = 0;

/** `onSubscribe`: answers SUBSCRIBEs; 200 with an hour when absent. */
export function eventServer(
  peer: SipPeer,
  onSubscribe: (request: PeerMessage) => void = (request) =>
    peer.reply(request, '200 OK', [`Expires: ${request.header('Expires')}`]),
): EventServer {
  let cseq = 0;
  peer.onRequest = (request) => {
    if (request.method === 'SUBSCRIBE') onSubscribe(request);
    else if (request.method !== 'ACK') peer.reply(request, '200 OK');
  };
  return {
    subscribes: (event) =>
      peer.received.filter(
        (message) => message.startLine.startsWith('SUBSCRIBE') && message.header('Event') === event,
      ),
    notify(subscribe, text = {}) {
      const { body = '', type = 'text/plain', state = 'active;expires=3600', tag = peerTag } = text;
      cseq = text.cseq ?? cseq + 1;
      branches += 1;
      const branch = `z9hG4bKnotify${branches}`;
      const uri = /<([^>]+)>/.exec(subscribe.header('Contact'))?.[1] ?? '';
      peer.send(
        [
          `NOTIFY ${uri} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=${branch}`,
          'Max-Forwards: 70',
          `From: ${subscribe.header('To').replace(/;tag=.*/, '')};tag=${tag}`,
          `To: ${subscribe.header('From')}`,
          `Call-ID: ${subscribe.header('Call-ID')}`,
          `CSeq: ${cseq} NOTIFY`,
          `Contact: <sip:notifier@127.0.0.1:${peer.port}>`,
          `Event: ${subscribe.header('Event')}`,
          `Subscription-State: ${state}`,
          ...(body === '' ? [] : [`Content-Type: ${type}`]),
        ],
        body,
        subscribe.source,
      );
      return peer.waitFor(
        (message) => message.status >= 200 && message.method === 'NOTIFY' && message.text.includes(branch),
      );
    },
  };
}
