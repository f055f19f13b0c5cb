/** Numbers and vectors as TLS writes them (RFC 5246 §4): big-endian, a vector with its length before it. */
type Width = 1 | 2 | 3;

/** Reads on; beyond the end it gives nothing more and says so in `whole`. */
export class VectorReader {
  readonly #bytes: Buffer;
  #at = 0;
  whole = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    if (taken.length < count) this.whole = false;
    return taken;
  }

  number(bytes: Width): number {
    const taken = this.take(bytes);
    return taken.length === bytes ? taken.readUIntBE(0, bytes) : 0;
  }

  vector(lengthBytes: Width): Buffer {
    return this.take(this.number(lengthBytes));
  }
}

export function uint(value: number, bytes: Width): Buffer {
  const written = Buffer.alloc(bytes);
  written.writeUIntBE(value, 0, bytes);
  return written;
}

export function vector(lengthBytes: Width, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([uint(content.length, lengthBytes), content]);
}

/** A list of 16-bit numbers; an odd octet at the end is left out. */
export const readUint16s = (bytes: Buffer): number[] =>
  Array.from({ length: Math.floor(bytes.length / 2) }, (_, index) => bytes.readUInt16BE(2 * index));

export const writeUint16s = (values: readonly number[]): Buffer =>
  Buffer.concat(values.map((value) => uint(value, 2)));
