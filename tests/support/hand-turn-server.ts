/** A TURN server in memory (RFC 8656), which a test tells what to refuse and when to forget its nonce. Time is the test's. */
import {
  errorAttribute,
  numberAttribute,
  octetsOf,
  readNumber,
  readText,
  readXorAddress,
  textAttribute,
  xorAddressAttribute,
} from '../../engine/nat/stun-attributes.ts';
import { checkIntegrity, longTermKey, withIntegrity } from '../../engine/nat/stun-integrity.ts';
import {
  attributeOf,
  parseStun,
  serialiseStun,
  stunAttributes,
  stunMethods,
  type StunAttribute,
  type StunMessage,
} from '../../engine/nat/stun-message.ts';
import { channelData, readChannelData } from '../../engine/nat/turn-framing.ts';
import type { TurnTransport } from '../../engine/nat/turn-transport.ts';
import type { TransportAddress } from '../../engine/net/transport-address.ts';

type Method = keyof typeof stunMethods;
const nameOf = (method: number) =>
  (Object.keys(stunMethods) as Method[]).find((name) => stunMethods[name] === method) ?? 'binding';

export class HandTurnServer {
  readonly relayed: TransportAddress = { address: '198.51.100.9', port: 43_000 };
  realm = 'hand.test';
  nonce = 'first';
  password = 'north star';
  lifetimeSeconds = 600;
  /** Says nothing at all. */
  silent = false;
  /** Signs its answers with something else. */
  forges = false;
  /** What the next requests of a method are refused with. */
  readonly refusals: Partial<Record<Method, { code: number; alternate?: TransportAddress }>> = {};
  /** What came, as words: `allocate`, `allocate anna first` with name and nonce, `channelBind … 4000`, `send 192.0.2.9`, `channel 4000`. */
  readonly heard: string[] = [];
  #listener: { message: (message: Buffer) => void; lost: (reason: string) => void } | undefined;

  /** A connection to it. */
  connect(): TurnTransport {
    return {
      protocol: 'udp',
      send: (datagram) => this.#take(Buffer.from(datagram)),
      listen: (listener) => (this.#listener = listener),
      close: () => (this.#listener = undefined),
    };
  }

  get connected(): boolean {
    return this.#listener !== undefined;
  }

  /** Says something of itself. */
  say(datagram: Buffer): void {
    this.#listener?.message(datagram);
  }

  /** Something came for the client from a peer: in an indication, or in its channel. */
  relay(data: string, from: TransportAddress | number): void {
    if (typeof from === 'number') return this.say(channelData(from, Buffer.from(data), { onStream: false }));
    const transactionId = Buffer.alloc(12, 9);
    const attributes = [
      xorAddressAttribute(stunAttributes.xorPeerAddress, from, transactionId),
      { type: stunAttributes.data, value: Buffer.from(data) },
    ];
    const message = { class: 'indication', method: stunMethods.data, transactionId, attributes } as const;
    this.say(serialiseStun(message));
  }

  #take(datagram: Buffer): void {
    const framed = readChannelData(datagram);
    if (framed !== undefined) return void this.heard.push(`channel ${framed.channel.toString(16)}`);
    const parsed = parseStun(datagram);
    if (!parsed.ok) throw new Error('the client sends no STUN');
    const message = parsed.value;
    this.heard.push(this.#words(message));
    if (message.class !== 'request' || this.silent) return;
    // Whoever is asked answers later than at once.
    queueMicrotask(() => this.say(this.#answer(message, datagram)));
  }

  #words(message: StunMessage): string {
    const text = (type: number) => readText(attributeOf(message, type)) ?? [];
    const channel = attributeOf(message, stunAttributes.channelNumber);
    const peer = readXorAddress(attributeOf(message, stunAttributes.xorPeerAddress), message.transactionId);
    const lifetime = readNumber(attributeOf(message, stunAttributes.lifetime));
    return [
      nameOf(message.method),
      text(stunAttributes.username),
      text(stunAttributes.nonce),
      channel === undefined ? [] : Buffer.from(channel).readUInt16BE().toString(16),
      peer?.address ?? [],
      lifetime === undefined ? [] : `for ${lifetime}`,
    ]
      .flat()
      .join(' ');
  }

  #answer({ method, transactionId, ...request }: StunMessage, datagram: Buffer): Buffer {
    const username = readText(attributeOf({ ...request, method, transactionId }, stunAttributes.username));
    const nonce = readText(attributeOf({ ...request, method, transactionId }, stunAttributes.nonce));
    const refuse = (code: number, more: StunAttribute[] = []) =>
      serialiseStun({
        ...{ class: 'error', method, transactionId },
        attributes: [errorAttribute(code, 'No'), ...more],
      });
    const challenge = [
      textAttribute(stunAttributes.realm, this.realm),
      textAttribute(stunAttributes.nonce, this.nonce),
    ];
    const credential = { username: username ?? '', realm: this.realm, password: this.password };
    const key = longTermKey(credential, 'md5');
    if (username === undefined || checkIntegrity(datagram, key, 'sha1') !== 'good')
      return refuse(401, challenge);
    if (nonce !== this.nonce) return refuse(438, challenge);
    const refusal = this.refusals[nameOf(method)];
    if (refusal !== undefined) {
      const { code, alternate } = refusal;
      return refuse(code, alternate === undefined ? [] : [plainAddress(alternate)]);
    }
    const attributes =
      method === stunMethods.allocate
        ? [xorAddressAttribute(stunAttributes.xorRelayedAddress, this.relayed, transactionId)]
        : [];
    const lifetime = numberAttribute(stunAttributes.lifetime, this.lifetimeSeconds);
    const answer = {
      class: 'success',
      method,
      transactionId,
      attributes: [...attributes, lifetime],
    } as const;
    return withIntegrity(serialiseStun(answer), this.forges ? Buffer.alloc(16) : key, 'sha1');
  }
}

function plainAddress({ address, port }: TransportAddress): StunAttribute {
  const head = Buffer.from([0, 1, port >> 8, port & 0xff]);
  return {
    type: stunAttributes.alternateServer,
    value: Buffer.concat([head, octetsOf(address) ?? Buffer.alloc(4)]),
  };
}
