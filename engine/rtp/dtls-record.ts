/**
 * Records of DTLS 1.2 (RFC 6347 §4.1), plain in epoch 0 and under AES-128-GCM (RFC 5288) in epoch 1.
 *
 *   │ type │ version │ epoch 16 │ sequence 48 │ length 16 │ fragment │
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { WriteKeys } from './dtls-keys.ts';

export const contentTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
export const dtls12 = 0xfefd;

export interface DtlsRecord {
  type: number;
  epoch: number;
  sequence: number;
  fragment: Buffer;
}

const headerBytes = 13;
const explicitNonceBytes = 8;
const tagBytes = 16;

/** The records of a datagram; what is cut off or of another major version is left out. */
export function readRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let offset = 0;
  while (offset + headerBytes <= datagram.length) {
    const end = offset + headerBytes + datagram.readUInt16BE(offset + 11);
    if (end > datagram.length || datagram[offset + 1] !== 0xfe) break;
    records.push({
      type: datagram[offset] ?? 0,
      epoch: datagram.readUInt16BE(offset + 3),
      sequence: datagram.readUIntBE(offset + 5, 6),
      fragment: datagram.subarray(offset + headerBytes, end),
    });
    offset = end;
  }
  return records;
}

function header(type: number, epoch: number, sequence: number, length: number): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt16BE(dtls12, 1);
  bytes.writeUInt16BE(epoch, 3);
  bytes.writeUIntBE(sequence, 5, 6);
  bytes.writeUInt16BE(length, 11);
  return bytes;
}

export function writeRecord({ type, epoch, sequence, fragment }: DtlsRecord): Buffer {
  return Buffer.concat([header(type, epoch, sequence, fragment.length), fragment]);
}

/** What is authenticated beside the text: epoch, sequence, type, version, length of the text (RFC 5246 §6.2.3.3). */
function associated({ type, epoch, sequence }: DtlsRecord, length: number): Buffer {
  const bytes = header(type, epoch, sequence, length);
  return Buffer.concat([bytes.subarray(3, 11), bytes.subarray(0, 3), bytes.subarray(11)]);
}

/** The record with its fragment encrypted. */
export function sealRecord(record: DtlsRecord, { key, fixedIv }: WriteKeys): DtlsRecord {
  const explicit = header(0, record.epoch, record.sequence, 0).subarray(3, 11);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([fixedIv, explicit]));
  cipher.setAAD(associated(record, record.fragment.length));
  const text = Buffer.concat([cipher.update(record.fragment), cipher.final()]);
  return { ...record, fragment: Buffer.concat([explicit, text, cipher.getAuthTag()]) };
}

/** The reverse; undefined for what is not authentic. */
export function openRecord(record: DtlsRecord, { key, fixedIv }: WriteKeys): DtlsRecord | undefined {
  const { fragment } = record;
  const end = fragment.length - tagBytes;
  if (end < explicitNonceBytes) return undefined;
  const nonce = Buffer.concat([fixedIv, fragment.subarray(0, explicitNonceBytes)]);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated(record, end - explicitNonceBytes));
  decipher.setAuthTag(fragment.subarray(end));
  const text = decipher.update(fragment.subarray(explicitNonceBytes, end));
  try {
    decipher.final();
    return { ...record, fragment: text };
  } catch {
    return undefined;
  }
}
