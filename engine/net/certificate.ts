/** Whether a server's certificate is good enough (RFC 5922 §7, RFC 5280): what it says, and why it is not trusted. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { plainFingerprint } from './untrusted-certificate.ts';

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** SHA-256 of the whole certificate, `AB:CD:…`. */
  fingerprint: string;
  /** Common name and organisation. */
  subject: string;
  issuer: string;
  commonName: string;
  /** As Node writes them: `DNS:pbx.example.com, IP Address:10.0.0.1, URI:sip:example.com`. */
  alternativeNames: string;
  /** Milliseconds since 1970. */
  validFrom: number;
  validTo: number;
}

/** What the certificate is held against. */
export interface CertificateDemands {
  /** Host names, addresses or SIP domains; it has to be for one of them. */
  names: readonly string[];
  /** Fingerprints that are trusted whatever else is wrong; case and colons do not matter. */
  pins: readonly string[];
  /** OpenSSL's verdict on the chain of signatures (`CERT_HAS_EXPIRED`, …); undefined when it leads to an authority. */
  chainFault: string | undefined;
  nowMs: number;
}

/** Why a certificate is not trusted, in words to follow "is not trusted:"; undefined when it is. */
export function faultOfCertificate(
  facts: CertificateFacts,
  { names, pins, chainFault, nowMs }: CertificateDemands,
): string | undefined {
  const own = plainFingerprint(facts.fingerprint);
  if (pins.some((pin) => plainFingerprint(pin) === own)) return undefined;
  const faults: string[] = [];
  if (nowMs > facts.validTo) faults.push('it has expired');
  else if (nowMs < facts.validFrom) faults.push('it is not valid yet');
  if (!names.some((name) => isFor(facts, name))) faults.push('it is for another name');
  const chain = chainFault === undefined ? undefined : chainWords(chainFault);
  if (chain !== undefined && !(faults.length > 0 && chain === outdatedChain)) faults.push(chain);
  return faults.length === 0 ? undefined : faults.join(' and ');
}

const outdatedChain = 'one of the certificates that vouch for it is out of date';

function chainWords(fault: string): string {
  switch (fault) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'nobody known signed it';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return outdatedChain;
    case 'CERT_REVOKED':
      return 'it has been revoked';
    default:
      return `it cannot be verified (${fault})`;
  }
}

/** A host name or address by Node's rules (RFC 6125), or a SIP domain named as `URI:sip:domain` (RFC 5922 §7.1). */
function isFor({ commonName, alternativeNames }: CertificateFacts, name: string): boolean {
  const certificate = { subject: { CN: commonName }, subjectaltname: alternativeNames };
  const host = name.replace(/^\[(.*)\]$/, '$1');
  if (checkServerIdentity(host, certificate as PeerCertificate) === undefined) return true;
  return alternativeNames.toLowerCase().split(/,\s*/).includes(`uri:sip:${host.toLowerCase()}`);
}

/** Reads what Node's TLS says of the other side. */
export function certificateFacts(certificate: PeerCertificate): CertificateFacts {
  return {
    fingerprint: certificate.fingerprint256,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    commonName: [certificate.subject.CN].flat()[0] ?? '',
    alternativeNames: certificate.subjectaltname ?? '',
    validFrom: Date.parse(certificate.valid_from),
    validTo: Date.parse(certificate.valid_to),
  };
}

/** A name may hold a part several times, and lacks most parts in certificates that people make themselves. */
function nameOf(name: PeerCertificate['subject']): string {
  const { CN, O }: Partial<Record<'CN' | 'O', string | string[]>> = name;
  return [CN, O]
    .flat()
    .filter((part) => part !== undefined)
    .join(', ');
}
