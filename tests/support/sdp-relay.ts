/** A UDP relay between phones and their server that changes the descriptions in what the phones send; answers go back as they are. */
import { createSocket, type Socket } from 'node:dgram';

export interface SdpRelay {
  readonly port: number;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const bound = (socket: Socket) => new Promise<void>((resolve) => socket.bind(0, host, resolve));
const bodyBegins = '\r\n\r\n';

/** The message with another body; one without stays as it is. */
function changed(message: string, change: (body: string) => string): string {
  const at = message.indexOf(bodyBegins);
  const [head, body] = [message.slice(0, at), message.slice(at + bodyBegins.length)];
  if (at < 0 || body === '') return message;
  const next = change(body);
  const length = `Content-Length: ${Buffer.byteLength(next)}`;
  return `${head.replace(/^(Content-Length|l) *:.*$/im, length)}${bodyBegins}${next}`;
}

/** A relay on loopback; the server sees each phone at a port of its own. */
export async function sdpRelay(
  towards: { host: string; port: number },
  change: (body: string) => string,
): Promise<SdpRelay> {
  const near = createSocket('udp4');
  const far = new Map<number, Socket>();
  near.on('message', (datagram, from) => {
    let socket = far.get(from.port);
    if (socket === undefined) {
      socket = createSocket('udp4');
      socket.on('message', (answer) => near.send(answer, from.port, from.address));
      far.set(from.port, socket);
    }
    socket.send(changed(datagram.toString(), change), towards.port, towards.host);
  });
  await bound(near);
  return {
    port: near.address().port,
    close: async () => {
      for (const socket of [near, ...far.values()]) await new Promise<void>((done) => socket.close(done));
    },
  };
}
