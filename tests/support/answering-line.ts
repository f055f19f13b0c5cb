/**
 * A line that anyone may register at and that answers every call at once: SIP by hand (sip-peer.ts), sound by an RTP peer.
 */
import type { RtpPeerOptions } from './rtp-peer-messages.ts';
import { openRtpPeer, type RtpPeer } from './rtp-peer.ts';
import { peerDescription, sipPeer, type PeerMessage, type SipPeer } from './sip-peer.ts';

export interface AnsweringLine {
  /** Of its SIP socket on 127.0.0.1, UDP. */
  readonly sipPort: number;
  readonly sip: SipPeer;
  readonly rtp: RtpPeer;
  close(): Promise<void>;
}

const pcmu = 0;

/**
 * @param codes µ-law codes (a multiple of 160) that a caller hears over and over from the answer on
 * @param peer of the far side's sound
 */
export async function openAnsweringLine(
  codes: Uint8Array,
  peer: RtpPeerOptions = {},
): Promise<AnsweringLine> {
  const rtp = await openRtpPeer(peer);
  const sip = await sipPeer();
  const contact = `Contact: <sip:line@127.0.0.1:${sip.port}>`;
  const answers: Record<string, (request: PeerMessage) => void> = {
    REGISTER: (request) => {
      const expires = request.header('Expires') || '300';
      sip.reply(request, '200 OK', [`Contact: ${request.header('Contact')}`, `Expires: ${expires}`]);
    },
    INVITE: (request) => {
      const description = peerDescription(rtp.port, `${pcmu} 101`, [`a=rtcp:${rtp.rtcpPort}`]);
      sip.reply(request, '200 OK', [contact], description);
    },
    BYE: (request) => {
      sip.reply(request, '200 OK', [contact]);
      forgetCall(sip.received, request.header('Call-ID'));
    },
    ACK: ({ header }) => {
      const invite = sip.received.find(
        (earlier) => earlier.method === 'INVITE' && earlier.header('Call-ID') === header('Call-ID'),
      );
      if (invite !== undefined) rtp.send(offeredAddress(invite.body), pcmu, codes);
    },
  };
  sip.onRequest = (request) => {
    const answer = answers[request.method] ?? (() => sip.reply(request, '200 OK', [contact]));
    answer(request);
  };
  return {
    sipPort: sip.port,
    sip,
    rtp,
    close: async () => {
      await Promise.all([sip.close(), rtp.close()]);
    },
  };
}

/** So that a line which has answered thousands of calls has not kept them all. */
function forgetCall(received: PeerMessage[], callId: string): void {
  const kept = received.filter((message) => message.header('Call-ID') !== callId);
  received.splice(0, Infinity, ...kept);
}

/** Where an offer wants its sound. Throws when it does not say. */
function offeredAddress(description: string): { address: string; port: number } {
  const address = /^c=IN IP4 (\S+)/m.exec(description)?.[1];
  const port = Number(/^m=audio (\d+) /m.exec(description)?.[1]);
  if (address === undefined || !(port > 0)) throw new Error(`an offer without an address: ${description}`);
  return { address, port };
}
