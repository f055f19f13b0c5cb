/**
 * A line that anyone may register at and that answers every call at once: SIP by hand (sip-peer.ts), sound by an RTP peer.
 */
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

/** @param codes µ-law codes (a multiple of 160) that a caller hears over and over from the answer on. */
export async function openAnsweringLine(codes: Uint8Array): Promise<AnsweringLine> {
  const rtp = await openRtpPeer();
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

/** Where an offer wants its sound. Throws when it does not say. */
function offeredAddress(description: string): { address: string; port: number } {
  const address = /^c=IN IP4 (\S+)/m.exec(description)?.[1];
  const port = Number(/^m=audio (\d+) /m.exec(description)?.[1]);
  if (address === undefined || !(port > 0)) throw new Error(`an offer without an address: ${description}`);
  return { address, port };
}
