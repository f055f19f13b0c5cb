/**
 * What goes between a client and a TURN server: STUN messages, and channel data (RFC 8656 §12.4), which on a stream is padded to whole
 * words and has to be cut out of it (§12.5).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  Channel Number 0x4000-0x4FFF |            Length             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  application data …                                           |
 */
import { stunHeaderBytes } from './stun-message.ts';

const channelHeaderBytes = 4;
export const firstChannel = 0x4000;
export const lastChannel = 0x4fff;

const padded = (length: number) => (length + 3) & ~3;

export function channelData(channel: number, data: Uint8Array, { onStream }: { onStream: boolean }): Buffer {
  const length = channelHeaderBytes + data.length;
  const message = Buffer.alloc(onStream ? padded(length) : length);
  message.writeUInt16BE(channel, 0);
  message.writeUInt16BE(data.length, 2);
  message.set(data, channelHeaderBytes);
  return message;
}

/** Undefined when it is no channel data or shorter than it says. */
export function readChannelData(message: Buffer): { channel: number; data: Buffer } | undefined {
  if (message.length < channelHeaderBytes) return undefined;
  const [channel, length] = [message.readUInt16BE(0), message.readUInt16BE(2)];
  if (channel < firstChannel || channel > lastChannel) return undefined;
  const end = channelHeaderBytes + length;
  return end > message.length ? undefined : { channel, data: message.subarray(channelHeaderBytes, end) };
}

/** Cuts messages out of a stream. */
export class TurnStream {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are whole by now; undefined when this is no stream of a TURN server, which no later octet mends. */
  push(chunk: Buffer): Buffer[] | undefined {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    while (this.#rest.length >= channelHeaderBytes) {
      const [first, length] = [this.#rest.readUInt16BE(0), this.#rest.readUInt16BE(2)];
      const isChannel = first >= firstChannel && first <= lastChannel;
      if (!isChannel && first >> 14 !== 0) return undefined;
      const whole = isChannel ? padded(channelHeaderBytes + length) : stunHeaderBytes + length;
      if (this.#rest.length < whole) break;
      messages.push(this.#rest.subarray(0, whole));
      this.#rest = this.#rest.subarray(whole);
    }
    return messages;
  }
}
