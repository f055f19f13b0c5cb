/** Turns well-formed SIP messages into broken ones, the same from the same seed. */
import { mulberry32 } from '../support/prng.ts';

/** Numbers that programs trip over. */
const oddNumbers = ['0', '-1', '65536', '4294967296', '99999999999999999999', '1e9', '0x10', ''];
const oddBytes = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x3b, 0x3c, 0x3e, 0x5c, 0x7f, 0x80, 0xc0, 0xff];
/** No datagram is longer. */
const longest = 65_000;

export interface Mutator {
  /** One of the messages with one to four faults; the messages themselves stay as they are. */
  next(messages: readonly Buffer[]): Buffer;
}

/** A mutator whose whole row of messages follows from its seed. */
export function createMutator(seed: number): Mutator {
  const random = mulberry32(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(items: readonly T[], otherwise: T): T => items[below(items.length)] ?? otherwise;
  const splice = (bytes: Buffer, at: number, removed: number, added: Buffer) =>
    Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
  const lines = (bytes: Buffer) => bytes.toString('latin1').split('\r\n');
  const joined = (parts: readonly string[]) => Buffer.from(parts.join('\r\n'), 'latin1');

  const faults: ((bytes: Buffer, messages: readonly Buffer[]) => Buffer)[] = [
    // A bit turned over, an odd byte, a byte gone, a stretch gone, the end gone.
    (bytes) => splice(bytes, below(bytes.length), 1, Buffer.from([below(256)])),
    (bytes) => splice(bytes, below(bytes.length), 0, Buffer.from([oneOf(oddBytes, 0)])),
    (bytes) => splice(bytes, below(bytes.length), 1, Buffer.alloc(0)),
    (bytes) => splice(bytes, below(bytes.length), below(64), Buffer.alloc(0)),
    (bytes) => bytes.subarray(0, below(bytes.length)),
    // A stretch repeated, up to a long row of it.
    (bytes) => {
      const at = below(bytes.length);
      const stretch = bytes.subarray(at, at + 1 + below(32));
      return splice(bytes, at, 0, Buffer.concat(Array.from({ length: 1 + below(200) }, () => stretch)));
    },
    // A line gone, doubled, moved, or taken from another message.
    (bytes) => joined(lines(bytes).toSpliced(below(lines(bytes).length), 1)),
    (bytes) => {
      const all = lines(bytes);
      return joined(all.toSpliced(below(all.length), 0, oneOf(all, '')));
    },
    (bytes, messages) => {
      const all = lines(bytes);
      const other = lines(oneOf(messages, bytes));
      return joined(all.toSpliced(below(all.length), below(2), oneOf(other, '')));
    },
    // Two messages grown together.
    (bytes, messages) => {
      const other = oneOf(messages, bytes);
      return Buffer.concat([bytes.subarray(0, below(bytes.length)), other.subarray(below(other.length))]);
    },
    // A number made odd.
    (bytes) => {
      const text = bytes.toString('latin1');
      const numbers = [...text.matchAll(/\d+/g)];
      const chosen = oneOf(numbers, undefined);
      if (chosen === undefined) return bytes;
      const after = chosen.index + chosen[0].length;
      return Buffer.from(text.slice(0, chosen.index) + oneOf(oddNumbers, '') + text.slice(after), 'latin1');
    },
  ];

  return {
    next(messages) {
      let bytes = oneOf(messages, Buffer.alloc(0));
      for (let count = 1 + below(4); count > 0 && bytes.length > 0; count -= 1) {
        bytes = oneOf(faults, (same) => same)(bytes, messages).subarray(0, longest);
      }
      return bytes;
    },
  };
}
