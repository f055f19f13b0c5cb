/**
 * The least that any phone on Node can cost: for each call a socket that sends a packet of 172 octets every 20 ms and reads what
 * comes back, all by one timer. `node floor-process.mjs ADDRESS PORT SECONDS [CALLS]`.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const [address = '', port = '', seconds = '', count = '1'] = process.argv.slice(2);
const intervalMs = 20;
let [sent, received] = [0, 0];

const calls = Array.from({ length: Number(count) }, (_, call) => {
  const packet = Buffer.alloc(172, 0xff);
  packet.writeUInt16BE(0x8000, 0);
  packet.writeUInt32BE(call, 8);
  const socket = createSocket('udp4');
  socket.on('message', () => (received += 1));
  return { socket, packet, packets: 0, dueMs: 0 };
});
for (const { socket } of calls) {
  socket.connect(Number(port), address);
  await once(socket, 'connect');
}
const startMs = performance.now();
const endMs = startMs + Number(seconds) * 1000;
// Their slots are spread evenly, and come in this order.
calls.forEach((call, nth) => (call.dueMs = startMs + (nth * intervalMs) / calls.length));
let next = 0;

function sendDue() {
  const nowMs = performance.now();
  for (let call = calls[next]; call.dueMs <= nowMs; call = calls[next]) {
    const { socket, packet, packets } = call;
    packet.writeUInt16BE(packets & 0xffff, 2);
    packet.writeUInt32BE(packets * 160, 4);
    socket.send(packet);
    sent += 1;
    call.packets += 1;
    call.dueMs += intervalMs;
    next = (next + 1) % calls.length;
  }
  if (nowMs < endMs) setTimeout(sendDue, Math.max(0, calls[next].dueMs - performance.now()));
  else finish();
}

function finish() {
  process.stdout.write(`${received} of ${sent}\n`);
  for (const { socket } of calls) socket.close();
}

sendDue();
