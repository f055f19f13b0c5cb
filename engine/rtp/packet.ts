/**
 * The RTP packet (RFC 3550 §5.1).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                           timestamp                           |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |           synchronization source (SSRC) identifier            |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |            contributing source (CSRC) identifiers, CC × 32    |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  X: defined by profile        |  length in 32-bit words       |
 *   |                        header extension                       |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  payload …                P: padding, last octet is its count |
 */
import { bad, good, type Result } from '../result.ts';

export interface RtpPacket {
  /** 0 to 127. */
  payloadType: number;
  marker: boolean;
  /** 16 bits. */
  sequenceNumber: number;
  /** 32 bits, in ticks of the payload's clock. */
  timestamp: number;
  /** 32 bits. */
  ssrc: number;
  /** At most 15 contributing sources. */
  csrcs: readonly number[];
  /** Header extension, its data a whole number of 32-bit words. */
  extension: { profile: number; data: Uint8Array } | null;
  payload: Uint8Array;
}

export type RtpProblem = 'short' | 'version' | 'csrcs' | 'extension' | 'padding';

const fixedHeaderBytes = 12;
const noSources: readonly number[] = [];

/** Reads a datagram. The payload (padding taken off) and the extension are views of it, not copies. */
export function parseRtp(datagram: Buffer): Result<RtpPacket, RtpProblem> {
  if (datagram.length < fixedHeaderBytes) return bad('short');
  const first = datagram.readUInt8(0);
  if (first >> 6 !== 2) return bad('version');
  const second = datagram.readUInt8(1);

  const sourceCount = first & 0x0f;
  let offset = fixedHeaderBytes + 4 * sourceCount;
  if (offset > datagram.length) return bad('csrcs');
  let csrcs = noSources;
  if (sourceCount > 0) {
    csrcs = Array.from({ length: sourceCount }, (_, index) =>
      datagram.readUInt32BE(fixedHeaderBytes + 4 * index),
    );
  }

  let extension: RtpPacket['extension'] = null;
  if ((first & 0x10) !== 0) {
    if (offset + 4 > datagram.length) return bad('extension');
    const end = offset + 4 + 4 * datagram.readUInt16BE(offset + 2);
    if (end > datagram.length) return bad('extension');
    extension = { profile: datagram.readUInt16BE(offset), data: datagram.subarray(offset + 4, end) };
    offset = end;
  }

  let end = datagram.length;
  if ((first & 0x20) !== 0) {
    const padding = datagram.readUInt8(end - 1);
    if (padding === 0 || end - padding < offset) return bad('padding');
    end -= padding;
  }

  return good({
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    csrcs,
    extension,
    payload: datagram.subarray(offset, end),
  });
}

/**
 * Writes a packet as a datagram of its own, without padding.
 * @throws RangeError when there are more than 15 CSRCs, a field is out of its range or the extension is not whole words.
 */
export function serialiseRtp(packet: RtpPacket): Buffer {
  const { csrcs, extension, payload } = packet;
  if (csrcs.length > 15) throw new RangeError('RTP carries at most 15 CSRCs');
  if (extension && extension.data.length % 4 !== 0) throw new RangeError('RTP extensions are 32-bit words');
  const extensionBytes = extension ? 4 + extension.data.length : 0;
  const headerBytes = fixedHeaderBytes + 4 * csrcs.length + extensionBytes;
  const datagram = Buffer.allocUnsafe(headerBytes + payload.length);

  datagram.writeUInt8(0x80 | (extension ? 0x10 : 0) | csrcs.length, 0);
  datagram.writeUInt8((packet.marker ? 0x80 : 0) | packet.payloadType, 1);
  datagram.writeUInt16BE(packet.sequenceNumber, 2);
  datagram.writeUInt32BE(packet.timestamp, 4);
  datagram.writeUInt32BE(packet.ssrc, 8);
  let offset = fixedHeaderBytes;
  for (const csrc of csrcs) offset = datagram.writeUInt32BE(csrc, offset);
  if (extension) {
    offset = datagram.writeUInt16BE(extension.profile, offset);
    offset = datagram.writeUInt16BE(extension.data.length / 4, offset);
    datagram.set(extension.data, offset);
  }
  datagram.set(payload, headerBytes);
  return datagram;
}

/** How far `later` is after `earlier` on a 16-bit circle, −32768 to 32767 (sequence numbers). */
export function sequenceDistance(earlier: number, later: number): number {
  return ((later - earlier) << 16) >> 16;
}

/** How far `later` is after `earlier` on a 32-bit circle (timestamps). */
export function timestampDistance(earlier: number, later: number): number {
  return (later - earlier) | 0;
}
