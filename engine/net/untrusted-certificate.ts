/**
 * A certificate that nobody vouches for: the question about it that goes to a person, and how its fingerprint, the answer, is compared.
 * Known to whoever waits for a connection; nothing of TLS itself is loaded for it.
 */
import { PhoneFailure } from '../../contract/errors.ts';
import type { CertificateQuestion } from '../../contract/snapshot.ts';

/** A handshake ended by us: nobody vouches for the server's certificate. */
export class UntrustedCertificate extends PhoneFailure {
  readonly question: CertificateQuestion;

  constructor(question: CertificateQuestion) {
    const { server, reason, fingerprint } = question;
    super('server.certificate', { server, reason, fingerprint });
    this.question = question;
  }
}

/** Fingerprints as they are compared: hexadecimal digits alone, capital. */
export const plainFingerprint = (text: string) => text.replace(/[^0-9a-f]/gi, '').toUpperCase();
