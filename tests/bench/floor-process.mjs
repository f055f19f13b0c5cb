/**
 * The least that any phone on Node can cost: one socket that sends a packet of 172 octets every 20 ms and reads what comes back.
 * `node floor-process.mjs ADDRESS PORT SECONDS`.
 */
import { createSocket } from 'node:dgram';

const [address = '', port = '', seconds = ''] = process.argv.slice(2);
const packet = Buffer.alloc(172, 0xff);
const intervalMs = 20;
packet.writeUInt16BE(0x8000, 0);

const socket = createSocket('udp4');
let received = 0;
socket.on('message', () => (received += 1));
socket.connect(Number(port), address, () => {
  const startMs = performance.now();
  let count = 0;
  const send = () => {
    packet.writeUInt16BE(count & 0xffff, 2);
    packet.writeUInt32BE(count * 160, 4);
    socket.send(packet);
    count += 1;
    const dueMs = startMs + count * intervalMs;
    if (dueMs - startMs > Number(seconds) * 1000) {
      process.stdout.write(`${received} of ${count}\n`);
      socket.close();
    } else setTimeout(send, Math.max(0, dueMs - performance.now()));
  };
  send();
});
