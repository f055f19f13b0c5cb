/**
 * Handshake messages of DTLS 1.2 (RFC 6347 §4.2, RFC 5246 §7.4, RFC 8422, RFC 5764), as far as DTLS-SRTP with ECDHE needs them. Readers
 * answer undefined for what is not such a message.
 */
import { dtls12 } from './dtls-record.ts';
import { readUint16s, uint, vector, VectorReader, writeUint16s } from './dtls-vectors.ts';

export const messageTypes = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;
export type MessageName = keyof typeof messageTypes;
const names = new Map<number, MessageName>(
  Object.entries(messageTypes).map(([name, type]) => [type, name as MessageName]),
);

/** Undefined for a message that has no place in such a handshake. */
export const messageName = (type: number): MessageName | undefined => names.get(type);

/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 and the same with an RSA certificate. */
export const cipherSuites = { ecdsa: 0xc02b, rsa: 0xc02f } as const;
/** Curve secp256r1 (RFC 8422 §5.1.1). */
const namedCurve = 23;
const extensions = {
  groups: 10,
  pointFormats: 11,
  signatures: 13,
  useSrtp: 14,
  extendedMaster: 23,
  renegotiation: 0xff01,
} as const;

/** Signature schemes that are taken, and the hash of each: ECDSA and RSA (PKCS#1), the first is what we sign with. */
export const signatureHashes: ReadonlyMap<number, string> = new Map([
  [0x0403, 'sha256'],
  [0x0503, 'sha384'],
  [0x0603, 'sha512'],
  [0x0401, 'sha256'],
  [0x0501, 'sha384'],
  [0x0601, 'sha512'],
]);
export const ownSignature = 0x0403;

export interface ClientHello {
  random: Buffer;
  cookie: Buffer;
  suites: readonly number[];
  srtpProfiles: readonly number[];
  extendedMaster: boolean;
  /** Curve and signature that we can do are among theirs. */
  capable: boolean;
}

const emptySession = vector(1);
const nullCompression = vector(1, uint(0, 1));
const extension = (type: number, ...parts: Buffer[]) => Buffer.concat([uint(type, 2), vector(2, ...parts)]);
const srtpExtension = (profiles: readonly number[]) =>
  extension(extensions.useSrtp, vector(2, writeUint16s(profiles)), vector(1));
const renegotiationExtension = extension(extensions.renegotiation, vector(1));
const pointFormatsExtension = extension(extensions.pointFormats, vector(1, uint(0, 1)));

export function writeClientHello({
  random,
  cookie,
  srtpProfiles,
}: Pick<ClientHello, 'random' | 'cookie' | 'srtpProfiles'>): Buffer {
  return Buffer.concat([
    uint(dtls12, 2),
    random,
    emptySession,
    vector(1, cookie),
    vector(2, writeUint16s([cipherSuites.ecdsa, cipherSuites.rsa])),
    nullCompression,
    vector(
      2,
      extension(extensions.groups, vector(2, uint(namedCurve, 2))),
      pointFormatsExtension,
      extension(extensions.signatures, vector(2, writeUint16s([...signatureHashes.keys()]))),
      srtpExtension(srtpProfiles),
      extension(extensions.extendedMaster),
      renegotiationExtension,
    ),
  ]);
}

function readExtensions(bytes: Buffer): Map<number, Buffer> {
  const reader = new VectorReader(bytes);
  const found = new Map<number, Buffer>();
  while (!reader.done && reader.whole) found.set(reader.number(2), reader.vector(2));
  return reader.whole ? found : new Map();
}

const listed = (bytes: Buffer | undefined) =>
  readUint16s(new VectorReader(bytes ?? Buffer.alloc(0)).vector(2));

export function readClientHello(body: Buffer): ClientHello | undefined {
  const reader = new VectorReader(body);
  reader.number(2);
  const random = reader.take(32);
  reader.vector(1);
  const cookie = reader.vector(1);
  const suites = readUint16s(reader.vector(2));
  reader.vector(1);
  const found = readExtensions(reader.vector(2));
  if (!reader.whole) return undefined;
  return {
    random,
    cookie,
    suites,
    srtpProfiles: listed(found.get(extensions.useSrtp)),
    extendedMaster: found.has(extensions.extendedMaster),
    capable:
      listed(found.get(extensions.groups)).includes(namedCurve) &&
      listed(found.get(extensions.signatures)).includes(ownSignature),
  };
}

export interface ServerHello {
  random: Buffer;
  suite: number;
  /** Undefined when there is not exactly one. */
  srtpProfile: number | undefined;
  extendedMaster: boolean;
}

export function writeServerHello({ random, suite, srtpProfile, extendedMaster }: ServerHello): Buffer {
  return Buffer.concat([
    uint(dtls12, 2),
    random,
    emptySession,
    uint(suite, 2),
    uint(0, 1),
    vector(
      2,
      srtpExtension(srtpProfile === undefined ? [] : [srtpProfile]),
      pointFormatsExtension,
      renegotiationExtension,
      ...(extendedMaster ? [extension(extensions.extendedMaster)] : []),
    ),
  ]);
}

export function readServerHello(body: Buffer): ServerHello | undefined {
  const reader = new VectorReader(body);
  const version = reader.number(2);
  const random = reader.take(32);
  reader.vector(1);
  const suite = reader.number(2);
  reader.number(1);
  const found = readExtensions(reader.done ? Buffer.alloc(0) : reader.vector(2));
  if (!reader.whole || version !== dtls12) return undefined;
  const profiles = listed(found.get(extensions.useSrtp));
  const srtpProfile = profiles.length === 1 ? profiles[0] : undefined;
  return { random, suite, srtpProfile, extendedMaster: found.has(extensions.extendedMaster) };
}

/** The cookie of a HelloVerifyRequest. */
export function readCookie(body: Buffer): Buffer | undefined {
  const reader = new VectorReader(body);
  reader.number(2);
  const cookie = reader.vector(1);
  return reader.whole ? cookie : undefined;
}

export function writeCertificate(certificate: Uint8Array): Buffer {
  return vector(3, vector(3, certificate));
}

/** The first certificate of the chain: the far side's own. */
export function readCertificate(body: Buffer): Buffer | undefined {
  const chain = new VectorReader(new VectorReader(body).vector(3));
  const certificate = chain.vector(3);
  return chain.whole && certificate.length > 0 ? certificate : undefined;
}

/** The part of a ServerKeyExchange that is signed: curve and point. */
export function keyParameters(point: Buffer): Buffer {
  return Buffer.concat([uint(3, 1), uint(namedCurve, 2), vector(1, point)]);
}

export function writeSignature(signature: Buffer): Buffer {
  return Buffer.concat([uint(ownSignature, 2), vector(2, signature)]);
}

export interface Signed {
  scheme: number;
  signature: Buffer;
}

function signedBy(reader: VectorReader): Signed | undefined {
  const signed = { scheme: reader.number(2), signature: reader.vector(2) };
  return reader.whole ? signed : undefined;
}

export function readServerKeyExchange(body: Buffer): ({ point: Buffer } & Signed) | undefined {
  const reader = new VectorReader(body);
  const [type, curve, point] = [reader.number(1), reader.number(2), reader.vector(1)];
  const signed = signedBy(reader);
  return type === 3 && curve === namedCurve && signed !== undefined ? { point, ...signed } : undefined;
}

export const readCertificateVerify = (body: Buffer): Signed | undefined => signedBy(new VectorReader(body));

/** ECDSA and RSA certificates, of any authority. */
export function writeCertificateRequest(): Buffer {
  return Buffer.concat([
    vector(1, uint(64, 1), uint(1, 1)),
    vector(2, writeUint16s([...signatureHashes.keys()])),
    vector(2),
  ]);
}

export const writeClientKeyExchange = (point: Buffer): Buffer => vector(1, point);

export function readClientKeyExchange(body: Buffer): Buffer | undefined {
  const reader = new VectorReader(body);
  const point = reader.vector(1);
  return reader.whole ? point : undefined;
}
