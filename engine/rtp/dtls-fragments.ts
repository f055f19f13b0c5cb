/**
 * Handshake messages in fragments (RFC 6347 §4.2.2), which come in any order and more than once.
 *
 *   │ type │ length 24 │ message sequence 16 │ fragment offset 24 │ fragment length 24 │ fragment │
 */
import { uint, VectorReader } from './dtls-vectors.ts';

export interface HandshakeMessage {
  type: number;
  /** message_seq. */
  sequence: number;
  body: Buffer;
}

/** A message in one fragment: as it is sent, and as the transcript has it (RFC 6347 §4.2.6). */
export function writeMessage({ type, sequence, body }: HandshakeMessage): Buffer {
  const length = uint(body.length, 3);
  return Buffer.concat([uint(type, 1), length, uint(sequence, 2), uint(0, 3), length, body]);
}

const fragmentHeaderBytes = 12;
/** A certificate chain fits well into it; bounds what a stranger can make us keep. */
const longestMessage = 16_384;
const mostPending = 16;

/** Puts messages together from fragments and gives them in their order (RFC 6347 §4.2.2). */
export class MessageAssembler {
  #next = 0;
  readonly #pending = new Map<number, { type: number; body: Buffer; had: Uint8Array }>();

  /** The messages that are whole now. `repeated`: something that was had before has come again. */
  take(fragments: Buffer): { messages: HandshakeMessage[]; repeated: boolean } {
    const reader = new VectorReader(fragments);
    let repeated = false;
    while (!reader.done) {
      const head = new VectorReader(reader.take(fragmentHeaderBytes));
      const [type, length, sequence] = [head.number(1), head.number(3), head.number(2)];
      const [offset, bytes] = [head.number(3), reader.take(head.number(3))];
      if (!reader.whole || length > longestMessage || offset + bytes.length > length) break;
      if (sequence < this.#next) repeated = true;
      else if (sequence < this.#next + mostPending) this.#keep({ type, sequence, length, offset, bytes });
    }
    return { messages: this.#inOrder(), repeated };
  }

  #keep(part: { type: number; sequence: number; length: number; offset: number; bytes: Buffer }): void {
    const { type, sequence, length, offset, bytes } = part;
    const known = this.#pending.get(sequence) ?? {
      type,
      body: Buffer.alloc(length),
      had: new Uint8Array(length),
    };
    if (known.type !== type || known.body.length !== length) return;
    bytes.copy(known.body, offset);
    known.had.fill(1, offset, offset + bytes.length);
    this.#pending.set(sequence, known);
  }

  #inOrder(): HandshakeMessage[] {
    const messages: HandshakeMessage[] = [];
    for (;;) {
      const next = this.#pending.get(this.#next);
      if (next === undefined || next.had.includes(0)) return messages;
      messages.push({ type: next.type, sequence: this.#next, body: next.body });
      this.#pending.delete(this.#next);
      this.#next += 1;
    }
  }
}
