/**
 * A line that answers every call and sends each packet straight back to where it came from. A process of its own, so that it can
 * be kept off the phone's processor: `node reflector-process.ts ADDRESS`; prints its SIP and RTP ports, ends with its standard input.
 */
import { createSocket } from 'node:dgram';
import { constants, setPriority } from 'node:os';
import { sipPeer, type PeerMessage } from '../support/sip-peer.ts';

const address = process.argv[2] ?? '127.0.0.1';
const receiveBufferBytes = 1 << 21;
try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // An ordinary user may not; a busy machine then shows in the figures.
}

const rtp = createSocket({ type: 'udp4', recvBufferSize: receiveBufferBytes });
await new Promise<void>((resolve) => rtp.bind(0, address, resolve));
rtp.on('message', (bytes, { address: from, port }) => rtp.send(bytes, port, from));

const sip = await sipPeer(address);
const contact = `Contact: <sip:line@${address}:${sip.port}>`;
const description = [
  'v=0',
  `o=reflector 1 1 IN IP4 ${address}`,
  's=-',
  `c=IN IP4 ${address}`,
  't=0 0',
  `m=audio ${rtp.address().port} RTP/AVP 0 101`,
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=ptime:20',
  '',
].join('\r\n');

sip.onRequest = (request: PeerMessage) => {
  if (request.method === 'ACK') return;
  if (request.method === 'INVITE') sip.reply(request, '200 OK', [contact], description);
  else if (request.method === 'REGISTER')
    sip.reply(request, '200 OK', [`Contact: ${request.header('Contact')};expires=300`]);
  else sip.reply(request, '200 OK', [contact]);
};
process.stdout.write(`${sip.port} ${rtp.address().port}\n`);
process.stdin.resume().on('end', () => process.exit(0));
