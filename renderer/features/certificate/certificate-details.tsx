/** A certificate that nobody vouches for, as a person compares it with what IT has said. */
import type { CertificateQuestion } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import './certificate.css';

const day = (at: number) => new Date(at).toLocaleDateString('en-GB', { dateStyle: 'medium' });

export function CertificateDetails({ question }: { question: CertificateQuestion }) {
  const { reason, server, subject, issuer, validFrom, validTo, fingerprint } = question;
  return (
    <>
      <p className="certificate-text">{en.certificate.why(server, reason)}</p>
      <dl className="certificate-details">
        <dt>{en.certificate.subject}</dt>
        <dd>{subject}</dd>
        <dt>{en.certificate.issuer}</dt>
        <dd>{issuer}</dd>
        <dt>{en.certificate.valid}</dt>
        <dd>{en.certificate.period(day(validFrom), day(validTo))}</dd>
        <dt>{en.certificate.fingerprint}</dt>
        <dd className="certificate-fingerprint">{fingerprint}</dd>
      </dl>
      <p className="certificate-text">{en.certificate.compare}</p>
    </>
  );
}
