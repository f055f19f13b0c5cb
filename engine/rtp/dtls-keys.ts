/** The arithmetic of secrets in a DTLS 1.2 handshake: the pseudo-random function of RFC 5246 §5 with SHA-256 and what is made by it. */
import { createHash, createHmac } from 'node:crypto';

const masterBytes = 48;
const keyBytes = 16;
const fixedIvBytes = 4;
const verifyBytes = 12;

export interface Randoms {
  client: Buffer;
  server: Buffer;
}

function prf(secret: Buffer, label: string, seed: Buffer, bytes: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'ascii'), seed]);
  const blocks: Buffer[] = [];
  let chain = labelled;
  for (let length = 0; length < bytes; length += 32) {
    chain = createHmac('sha256', secret).update(chain).digest();
    blocks.push(createHmac('sha256', secret).update(chain).update(labelled).digest());
  }
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** `transcript`: all messages up to ClientKeyExchange, where both sides know the extension (RFC 7627 §4); else undefined. */
export function masterSecret(preMaster: Buffer, randoms: Randoms, transcript: Buffer | undefined): Buffer {
  if (transcript === undefined)
    return prf(preMaster, 'master secret', Buffer.concat([randoms.client, randoms.server]), masterBytes);
  const hash = createHash('sha256').update(transcript).digest();
  return prf(preMaster, 'extended master secret', hash, masterBytes);
}

export interface WriteKeys {
  key: Buffer;
  /** The first 4 bytes of each nonce (RFC 5288 §3). */
  fixedIv: Buffer;
}

/** Keys of AES-128-GCM for each side (RFC 5246 §6.3). */
export function recordKeys(
  master: Buffer,
  { client, server }: Randoms,
): { client: WriteKeys; server: WriteKeys } {
  const block = prf(master, 'key expansion', Buffer.concat([server, client]), 2 * (keyBytes + fixedIvBytes));
  const key = (side: number) => block.subarray(side * keyBytes, (side + 1) * keyBytes);
  const iv = (side: number) =>
    block.subarray(2 * keyBytes + side * fixedIvBytes, 2 * keyBytes + (side + 1) * fixedIvBytes);
  return { client: { key: key(0), fixedIv: iv(0) }, server: { key: key(1), fixedIv: iv(1) } };
}

/** What Finished says: proof of having seen the same handshake (RFC 5246 §7.4.9). */
export function verifyData(master: Buffer, side: 'client' | 'server', transcript: Buffer): Buffer {
  const hash = createHash('sha256').update(transcript).digest();
  return prf(master, `${side} finished`, hash, verifyBytes);
}

/** Secrets for SRTP (RFC 5764 §4.2, RFC 5705). */
export function exportForSrtp(master: Buffer, { client, server }: Randoms, bytes: number): Buffer {
  return prf(master, 'EXTRACTOR-dtls_srtp', Buffer.concat([client, server]), bytes);
}
