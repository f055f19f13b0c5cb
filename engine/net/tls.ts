/**
 * The TLS handshake over a connection that stands (RFC 3261 §26.2.1, RFC 5922). Whoever is on the other side, the handshake is brought to
 * its end and the certificate judged here (certificate.ts): a refusal then knows what it refuses. Nothing is sent before.
 */
import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { PhoneFailure } from '../../contract/errors.ts';
import { clientContext } from './authorities.ts';
import { certificateFacts, faultOfCertificate } from './certificate.ts';
import { UntrustedCertificate } from './untrusted-certificate.ts';

/** Which servers are trusted. */
export interface TlsTrust {
  /** What the certificate has to be for, one of them: the server as the account names it (first, for SNI), its SIP domain. */
  names: readonly string[];
  /** Certificates of authorities to trust beside the system's, PEM; may be empty. */
  authorities: string;
  /** SHA-256 fingerprints of certificates that are trusted whoever signed them. */
  pins: readonly string[];
}

/**
 * Makes a connection secure. The caller bounds its time by destroying `under`.
 * @param server for error sentences
 * @throws UntrustedCertificate (`server.certificate`), or PhoneFailure `server.refused` when the other side speaks no TLS that we take,
 *   `settings.invalid` for authorities that are no certificates
 */
export async function secure(
  under: Socket,
  server: { host: string; port: number },
  trust: TlsTrust,
  now: () => number = Date.now,
): Promise<TLSSocket> {
  const secureContext = clientContext(trust.authorities);
  // RFC 5922 §4: whoever DNS led us to has to prove that it is the server we were looking for.
  const name = (trust.names[0] ?? server.host).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket: under,
      secureContext,
      host: name,
      // RFC 6066 §3: an address is no server name.
      ...(isIP(name) === 0 ? { servername: name } : {}),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const failed = () => {
      secured.destroy();
      reject(new PhoneFailure('server.refused', { server: server.host, port: server.port }));
    };
    secured.once('error', failed);
    secured.once('close', failed);
    secured.once('secureConnect', () => {
      secured.off('error', failed);
      secured.off('close', failed);
      const untrusted = judge(secured, server.host, trust, now());
      if (untrusted === undefined) {
        secured.disableRenegotiation();
        return resolve(secured);
      }
      secured.on('error', () => undefined);
      secured.destroy();
      reject(untrusted);
    });
  });
}

function judge(
  secured: TLSSocket,
  server: string,
  { names, pins }: TlsTrust,
  nowMs: number,
): UntrustedCertificate | undefined {
  const facts = certificateFacts(secured.getPeerCertificate());
  const fault = secured.authorizationError as Error | string | undefined | null;
  const reason = faultOfCertificate(facts, {
    names,
    pins,
    chainFault: fault ? String(fault) : undefined,
    nowMs,
  });
  if (reason === undefined) return undefined;
  const { fingerprint, subject, issuer, validFrom, validTo } = facts;
  return new UntrustedCertificate({ server, fingerprint, subject, issuer, validFrom, validTo, reason });
}
