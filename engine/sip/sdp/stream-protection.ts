/**
 * How a stream is encrypted, as its description says it: the protocol of the m= line, keys (crypto-lines.ts) or fingerprints
 * (fingerprint-lines.ts), and what the account asks for.
 *
 *   account    offer                        taken in an answer to us      taken in an offer of theirs
 *   off        RTP/AVP                      plain                         whatever they want
 *   optional   RTP/AVP with keys            keys, else plain              whatever they want
 *   sdes       RTP/SAVP with keys           keys                          keys
 *   dtls       UDP/TLS/RTP/SAVP             fingerprint                   fingerprint
 *
 * Once something runs, what we offer is that again, whatever the account says: a hold neither adds nor drops encryption.
 */
import { assertNever } from '../../../contract/assert-never.ts';
import type { AccountSettings } from '../../../contract/settings.ts';
import type { Fingerprint } from '../../rtp/dtls-terms.ts';
import type { MasterKey, Protection } from '../../rtp/protection.ts';
import { chooseKeys, readCryptoLine, takenKeys, writeCryptoLine } from './crypto-lines.ts';
import {
  readFingerprints,
  readTlsId,
  roleAfterAnswer,
  roleInAnswer,
  writeFingerprint,
} from './fingerprint-lines.ts';
import { attributeValues } from './session-description.ts';
import type { MediaLine } from './session-description.ts';

/** What this side has for the encryption of a stream. */
export interface LocalProtection {
  policy: AccountSettings['media_encryption'];
  /** One for each suite, by preference. */
  keys: readonly MasterKey[];
  /** Of our certificate, which is made when this is first asked; without one there is no handshake. */
  fingerprint: (() => Fingerprint) | null;
  /** Names our end of the handshake; another one begins it anew. */
  tlsId: string;
  /** What runs already. */
  present?: { protection: Protection; protocol: string };
}

/** What a description says of encryption. */
export interface ProtectionLines {
  /** Of the m= line. */
  protocol: string;
  /** a= lines. */
  lines: readonly string[];
}

/** A side that encrypts nothing. */
export const plainOnly: LocalProtection = { policy: 'off', keys: [], fingerprint: null, tlsId: '' };

const plainProtocols: readonly string[] = ['RTP/AVP', 'RTP/AVPF'];
const secureProtocols: readonly string[] = ['RTP/SAVP', 'RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'UDP/TLS/RTP/SAVPF'];

/** A stream whose packets this phone could read. */
export function isRtp(protocol: string): boolean {
  return plainProtocols.includes(protocol) || secureProtocols.includes(protocol);
}

const isPlain = ({ protocol }: MediaLine) => plainProtocols.includes(protocol);
const keysOf = (line: MediaLine) =>
  attributeValues(line, 'crypto').flatMap((value) => readCryptoLine(value) ?? []);

/** The m= line's protocol and the a= lines of an offer. */
export function offeredProtection(local: LocalProtection): ProtectionLines {
  const { policy, present, keys, fingerprint, tlsId } = local;
  if (present !== undefined) return { protocol: present.protocol, lines: linesAgain(local) };
  switch (policy) {
    case 'off':
      return { protocol: 'RTP/AVP', lines: [] };
    case 'optional':
      return { protocol: 'RTP/AVP', lines: keys.map(writeCryptoLine) };
    case 'sdes':
      return { protocol: 'RTP/SAVP', lines: keys.map(writeCryptoLine) };
    case 'dtls':
      return {
        protocol: 'UDP/TLS/RTP/SAVP',
        lines: fingerprint === null ? [] : writeFingerprint(fingerprint(), 'actpass', tlsId),
      };
    default:
      return assertNever(policy);
  }
}

/** A new offer about what runs (RFC 4568 §7.1.4, RFC 5763 §6.6). */
function linesAgain({ policy, present, keys, fingerprint, tlsId }: LocalProtection): string[] {
  const { protection } = present ?? {};
  if (protection?.kind === 'sdes') {
    const { tag, suite } = protection.local;
    return keys.filter((key) => key.suite === suite).map((key) => writeCryptoLine({ ...key, tag }));
  }
  if (protection?.kind === 'dtls' && fingerprint !== null)
    return writeFingerprint(fingerprint(), 'actpass', tlsId);
  return policy === 'optional' ? keys.map(writeCryptoLine) : [];
}

/** What an offered line makes of us, and how our answer says it; undefined when the account does not go with the line. */
export function answeredProtection(
  line: MediaLine,
  local: LocalProtection,
): { protection: Protection; encryption: ProtectionLines } | undefined {
  const { protocol } = line;
  const { policy, keys, fingerprint, tlsId, present } = local;
  const fingerprints = readFingerprints(attributeValues(line, 'fingerprint'));
  if (policy !== 'sdes' && fingerprints.length > 0 && fingerprint !== null) {
    const before = present?.protection.kind === 'dtls' ? present.protection.role : undefined;
    const role = roleInAnswer(attributeValues(line, 'setup')[0], before);
    const remote = readTlsId(attributeValues(line, 'tls-id'));
    if (role !== undefined)
      return {
        protection: { kind: 'dtls', role, fingerprints, tlsIds: { local: tlsId, remote } },
        encryption: {
          protocol,
          lines: writeFingerprint(fingerprint(), role, remote === null ? null : tlsId),
        },
      };
  }
  const chosen = policy === 'dtls' ? undefined : chooseKeys(keysOf(line), keys);
  if (chosen !== undefined)
    return {
      protection: { kind: 'sdes', ...chosen },
      encryption: { protocol, lines: [writeCryptoLine(chosen.local)] },
    };
  if (!isPlain(line) || isRequired(policy)) return undefined;
  return { protection: { kind: 'none' }, encryption: { protocol, lines: [] } };
}

/** What the far side's answer makes of our offer; undefined when it leaves out what the account cannot do without. */
export function settledProtection(line: MediaLine, local: LocalProtection): Protection | undefined {
  const { policy, present, keys, tlsId } = local;
  const fingerprints = readFingerprints(attributeValues(line, 'fingerprint'));
  if (policy === 'dtls' || present?.protection.kind === 'dtls') {
    const role = roleAfterAnswer(attributeValues(line, 'setup')[0]);
    if (role === undefined || fingerprints.length === 0) return undefined;
    const tlsIds = { local: tlsId, remote: readTlsId(attributeValues(line, 'tls-id')) };
    return { kind: 'dtls', role, fingerprints, tlsIds };
  }
  const offered = present?.protection.kind === 'sdes' ? withTag(keys, present.protection.local) : keys;
  const taken = takenKeys(keysOf(line), offered);
  if (taken !== undefined) return { kind: 'sdes', ...taken };
  return isPlain(line) && !isRequired(policy) ? { kind: 'none' } : undefined;
}

const withTag = (keys: readonly MasterKey[], { suite, tag }: MasterKey): MasterKey[] =>
  keys.filter((key) => key.suite === suite).map((key) => ({ ...key, tag }));

/** The account makes no call without encryption. */
export function isRequired(policy: LocalProtection['policy']): boolean {
  return policy === 'sdes' || policy === 'dtls';
}
