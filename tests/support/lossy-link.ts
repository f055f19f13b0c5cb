/**
 * A UDP relay that loses packets, for tests of retransmission: clients send to the link's port, the link forwards to one
 * target (a PBX, an RTP peer) and carries the answers back.
 *
 * ```
 *  client A ──▶ ┌──────────┐ ── socket for A ──▶
 *  client B ──▶ │ LossyLink│ ── socket for B ──▶  target
 *           ◀── └──────────┘ ◀──────────────────
 * ```
 *
 * Each client has an upstream socket of its own, so that the target sees distinct addresses and may start a conversation with
 * each. Which packet is lost depends only on the seed and the packet's number in its direction (mulberry32, prng.ts).
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { mulberry32 } from './prng.ts';

export interface LossyLinkOptions {
  target: { address: string; port: number };
  seed: number;
  /** Probability, 0 to 1, that a packet from a client to the target is lost. */
  lossToTarget: number;
  /** Probability, 0 to 1, that a packet from the target to a client is lost. */
  lossToClient: number;
  /** Port to listen on; any free one when absent. */
  port?: number;
}

export interface DirectionCount {
  forwarded: number;
  lost: number;
}

interface Direction {
  draw: () => number;
  loss: number;
  count: DirectionCount;
}

const host = '127.0.0.1';
/** Makes the two directions' rows of numbers differ under one seed. */
const clientSeedSalt = 0x5f35_6495;

export class LossyLink {
  readonly address = host;
  readonly port: number;
  readonly #front: Socket;
  readonly #target: { address: string; port: number };
  readonly #toTarget: Direction;
  readonly #toClient: Direction;
  readonly #upstreams = new Map<string, Promise<Socket>>();
  #closed: Promise<void> | undefined;

  private constructor(front: Socket, options: LossyLinkOptions) {
    this.#front = front;
    this.port = front.address().port;
    this.#target = options.target;
    this.#toTarget = direction(options.seed, options.lossToTarget);
    this.#toClient = direction(options.seed ^ clientSeedSalt, options.lossToClient);
    front.on('message', (data, client) => void this.#fromClient(data, client));
  }

  static async start(options: LossyLinkOptions): Promise<LossyLink> {
    return new LossyLink(await boundSocket(options.port ?? 0), options);
  }

  /** Packets so far, in each direction. */
  get counts(): { toTarget: DirectionCount; toClient: DirectionCount } {
    return { toTarget: { ...this.#toTarget.count }, toClient: { ...this.#toClient.count } };
  }

  /** How many clients have sent something. */
  get clients(): number {
    return this.#upstreams.size;
  }

  /** Changes the loss while running; the rows of random numbers go on. */
  setLoss(loss: { toTarget: number; toClient: number }): void {
    this.#toTarget.loss = loss.toTarget;
    this.#toClient.loss = loss.toClient;
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      const upstreams = await Promise.all(this.#upstreams.values());
      await Promise.all([this.#front, ...upstreams].map(closeSocket));
    })();
    return this.#closed;
  }

  async #fromClient(data: Buffer, client: RemoteInfo): Promise<void> {
    // Drawn before anything is awaited: the packet's number in its direction decides.
    const kept = survives(this.#toTarget);
    const upstream = await this.#upstreamOf(client);
    if (kept && this.#closed === undefined) upstream.send(data, this.#target.port, this.#target.address);
  }

  #upstreamOf(client: RemoteInfo): Promise<Socket> {
    const key = `${client.address}:${client.port}`;
    const known = this.#upstreams.get(key);
    if (known !== undefined) return known;
    const opening = boundSocket(0).then((upstream) => {
      upstream.on('message', (data) => {
        if (survives(this.#toClient) && this.#closed === undefined) {
          this.#front.send(data, client.port, client.address);
        }
      });
      return upstream;
    });
    this.#upstreams.set(key, opening);
    return opening;
  }
}

function direction(seed: number, loss: number): Direction {
  return { draw: mulberry32(seed), loss, count: { forwarded: 0, lost: 0 } };
}

function survives(way: Direction): boolean {
  const kept = way.draw() >= way.loss;
  if (kept) way.count.forwarded += 1;
  else way.count.lost += 1;
  return kept;
}

function boundSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      // A refused port at the far end arrives as an error here; to a link it is one more lost packet.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
