/** A call of ours that a peer by hand has answered, and the peer's side of its dialog. */
import type { Call } from '../../../../../engine/sip/call.ts';
import type { CallListenerEvent } from '../../../../../engine/sip/call-environment.ts';
import type { UserAgentOptions } from '../../../../../engine/sip/user-agent-options.ts';
import type { PeerMessage, SipPeer } from '../../../../support/sip-peer.ts';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../../../support/sip-peer.ts';
import type { TestAgent } from './test-agent.ts';
import { testAgent } from './test-agent.ts';

export interface StandingCall {
  peer: SipPeer;
  phone: TestAgent;
  call: Call;
  events: CallListenerEvent[];
  /** The peer's Contact header. */
  contact: string;
  /** Our INVITEs, first and further. */
  invites(): PeerMessage[];
  /** The n-th re-INVITE of ours, from 1. */
  reinvite(n: number): Promise<PeerMessage>;
  /** A request of the peer inside the dialog. */
  send(method: string, cseq: number, body?: string, headers?: string[]): void;
  /** Our answer to a request of the peer. */
  answerTo(method: string, cseq: number): Promise<PeerMessage>;
  close(): Promise<void>;
}

/** What `a=` direction a description gives its audio. */
export const directionIn = (body: string) => /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(body)?.[1];

/** `answerHeaders`: of the peer's 200 to the first INVITE. */
export async function standingCall(
  options: { answerHeaders?: string[]; agent?: Partial<UserAgentOptions> } = {},
): Promise<StandingCall> {
  const peer = await sipPeer();
  const phone = testAgent(peer.port, { register: false, ...options.agent });
  await phone.agent.start();
  const contact = `Contact: <sip:1001@127.0.0.1:${peer.port}>`;
  const invites = () => peer.received.filter(({ startLine }) => startLine.startsWith('INVITE'));
  peer.onRequest = (request) => {
    if (request.method === 'INVITE')
      peer.reply(request, '200 OK', [contact, ...(options.answerHeaders ?? [])], peerDescription(5_004));
    else if (request.method !== 'ACK') peer.reply(request, '200 OK', [contact]);
  };
  const call = phone.agent.call('1001', { id: 'call', source: { kind: 'silence' }, sink: { kind: 'none' } });
  const events: CallListenerEvent[] = [];
  call.on((event) => events.push(event));
  await peer.waitFor(({ method }) => method === 'ACK');
  const [invite] = invites();
  if (invite === undefined) throw new Error('no INVITE came');
  const uri = /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '';
  const toTag = /;tag=([^;>\s]+)/.exec(invite.header('From'))?.[1] ?? '';
  return {
    peer,
    phone,
    call,
    events,
    contact,
    invites,
    reinvite: async (n) => {
      await peer.waitFor(() => invites().length > n);
      const found = invites()[n];
      if (found === undefined) throw new Error(`no re-INVITE ${n}`);
      return found;
    },
    send: (method, cseq, body = '', headers = []) => {
      const from = `From: <sip:1001@127.0.0.1:${peer.port}>;tag=${peerTag}`;
      const lines = peerRequest({
        method,
        uri,
        peerPort: peer.port,
        callId: invite.header('Call-ID'),
        cseq,
        branch: `${method}${cseq}`,
        toTag,
        headers: [from, ...headers],
      });
      const moves = headers.some((line) => line.startsWith('Contact:'));
      const usual = lines.filter((line) => !moves || line !== contact);
      peer.send(usual, body, invite.source);
    },
    answerTo: (method, cseq) =>
      peer.waitFor(({ status, header }) => status >= 200 && header('CSeq') === `${cseq} ${method}`),
    close: async () => {
      peer.onRequest = (request) => {
        if (request.method !== 'ACK') peer.reply(request, '200 OK', [contact], peerDescription(5_004));
      };
      await phone.agent.close();
      await peer.close();
    },
  };
}
