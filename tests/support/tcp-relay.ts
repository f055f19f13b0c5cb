/** A TCP relay between a phone and its server whose connections a test can cut. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpRelay {
  readonly port: number;
  /** Connections that were made through it. */
  readonly accepted: number;
  /** Breaks the connections that stand, on both sides; further ones are taken. */
  cut(): void;
  close(): Promise<void>;
}

/** A relay on loopback towards a port of this computer. */
export async function tcpRelay(towards: { host: string; port: number }): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    accepted += 1;
    const far = connect(towards);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
