/** Whose signature under a server's certificate counts: the authorities of this system, and those that an account names. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { PhoneFailure } from '../../contract/errors.ts';

/** Where Unix systems keep their authorities, for runtimes that cannot ask the system (before Node 22.15). */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const contexts = new Map<string, tls.SecureContext>();
/** Accounts with authorities of their own are few; bounds what changed settings can leave behind. */
const contextsMax = 16;

/**
 * The client's side of TLS, at least 1.2, that trusts the system's authorities and these. Kept: reading a few hundred certificates takes
 * longer than a handshake.
 * @param named certificates of further authorities, PEM; may be empty
 * @throws PhoneFailure `settings.invalid` when `named` holds something else
 */
export function clientContext(named: string): tls.SecureContext {
  const known = contexts.get(named);
  if (known !== undefined) return known;
  const own = named.trim() === '' ? [] : [readable(named)];
  const context = tls.createSecureContext({ ca: [...systemAuthorities(), ...own], minVersion: 'TLSv1.2' });
  if (contexts.size >= contextsMax) contexts.clear();
  contexts.set(named, context);
  return context;
}

/** OpenSSL passes over what it cannot read, and the account would seem to have no authorities at all. */
function readable(named: string): string {
  try {
    new X509Certificate(named);
    return named;
  } catch {
    throw new PhoneFailure('settings.invalid', { problem: 'tls_ca holds no certificate in PEM form' });
  }
}

/** The runtime's own list, the system's where the runtime can tell, and what NODE_EXTRA_CA_CERTS adds. */
function systemAuthorities(): string[] {
  const { getCACertificates } = tls as Partial<typeof tls>;
  if (getCACertificates !== undefined) {
    const lists = (['bundled', 'system', 'extra'] as const).map((kind) => getCACertificates(kind));
    return [...new Set(lists.flat())];
  }
  const file = bundles.map(textOf).find((text) => text !== undefined);
  return [...tls.rootCertificates, ...(file === undefined ? [] : [file])];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
