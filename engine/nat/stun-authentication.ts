/**
 * The long-term credential mechanism (RFC 8489 §9.2): a first request goes without a name, is challenged with a realm and a nonce, and
 * goes again with both; a stale nonce is replaced. Servers of RFC 8489 may ask for SHA-256 and for a hidden user name.
 */
import {
  checkIntegrity,
  longTermKey,
  userHash,
  withFingerprint,
  withIntegrity,
  type IntegrityAlgorithm,
} from './stun-integrity.ts';
import { readError, readText, textAttribute } from './stun-attributes.ts';
import type { StunAnswer } from './stun-exchange.ts';
import { attributeOf, serialiseStun, stunAttributes, type StunMessage } from './stun-message.ts';

interface Challenge {
  realm: string;
  nonce: string;
  key: Buffer;
  algorithm: IntegrityAlgorithm;
  /** As the server sent it, to be sent back (§9.2.4). */
  passwordAlgorithms: Uint8Array | undefined;
  hidesName: boolean;
}

/** What an answer means for the credential: it counts, the request is to be sent again, or the server refuses name or password. */
export type AuthenticationVerdict = 'accepted' | 'again' | 'wrong';

/** §9.2.1: a nonce that begins so carries 24 bits of what the server can do. */
const nonceCookie = 'obMatJos2';
const passwordAlgorithmsBit = 0x80_0000;
const usernameAnonymityBit = 0x40_0000;
const sha256PasswordAlgorithm = 0x0002;

export class StunAuthentication {
  readonly #username: string;
  readonly #password: string;
  #challenge: Challenge | null = null;

  constructor(credential: { username: string; password: string }) {
    this.#username = credential.username;
    this.#password = credential.password;
  }

  /** The request as it goes out, with what the last challenge asks for. */
  seal(message: StunMessage): Buffer {
    const challenge = this.#challenge;
    if (challenge === null) return withFingerprint(serialiseStun(message));
    const { realm, nonce, key, algorithm, passwordAlgorithms, hidesName } = challenge;
    const name = hidesName
      ? { type: stunAttributes.userHash, value: userHash(this.#username, realm) }
      : textAttribute(stunAttributes.username, this.#username);
    const algorithms =
      passwordAlgorithms === undefined
        ? []
        : [
            { type: stunAttributes.passwordAlgorithms, value: passwordAlgorithms },
            {
              type: stunAttributes.passwordAlgorithm,
              value: Uint8Array.of(0, sha256PasswordAlgorithm, 0, 0),
            },
          ];
    const attributes = [
      ...message.attributes,
      name,
      textAttribute(stunAttributes.realm, realm),
      textAttribute(stunAttributes.nonce, nonce),
      ...algorithms,
    ];
    return withFingerprint(withIntegrity(serialiseStun({ ...message, attributes }), key, algorithm));
  }

  /** Judges an answer and takes up the challenge in it. */
  take({ message, datagram }: StunAnswer): AuthenticationVerdict {
    const error = readError(attributeOf(message, stunAttributes.errorCode));
    const isChallenge = message.class === 'error' && (error?.code === 401 || error?.code === 438);
    if (isChallenge) return this.#challenged(message, error.code);
    const challenge = this.#challenge;
    if (challenge === null || message.class === 'error') return 'accepted';
    return checkIntegrity(datagram, challenge.key, challenge.algorithm) === 'good' ? 'accepted' : 'wrong';
  }

  #challenged(message: StunMessage, code: number): AuthenticationVerdict {
    const realm = readText(attributeOf(message, stunAttributes.realm)) ?? this.#challenge?.realm;
    const nonce = readText(attributeOf(message, stunAttributes.nonce));
    if (realm === undefined || nonce === undefined) return 'wrong';
    // Asked again for what was just given: the credential is not the right one (§9.2.5).
    if (code === 401 && this.#challenge !== null) return 'wrong';
    const features = featuresOf(nonce);
    const offered = attributeOf(message, stunAttributes.passwordAlgorithms);
    const modern = (features & passwordAlgorithmsBit) !== 0 && offered !== undefined && namesSha256(offered);
    const credential = { username: this.#username, realm, password: this.#password };
    this.#challenge = {
      realm,
      nonce,
      key: longTermKey(credential, modern ? 'sha256' : 'md5'),
      algorithm: modern ? 'sha256' : 'sha1',
      passwordAlgorithms: modern ? offered : undefined,
      hidesName: (features & usernameAnonymityBit) !== 0,
    };
    return 'again';
  }
}

function featuresOf(nonce: string): number {
  if (!nonce.startsWith(nonceCookie)) return 0;
  const octets = Buffer.from(nonce.slice(nonceCookie.length, nonceCookie.length + 4), 'base64');
  return octets.length === 3 ? octets.readUIntBE(0, 3) : 0;
}

/** PASSWORD-ALGORITHMS (§14.11): pairs of number and length of parameters. */
function namesSha256(value: Uint8Array): boolean {
  const view = Buffer.from(value);
  for (let offset = 0; offset + 4 <= view.length;) {
    if (view.readUInt16BE(offset) === sha256PasswordAlgorithm) return true;
    offset += 4 + ((view.readUInt16BE(offset + 2) + 3) & ~3);
  }
  return false;
}
