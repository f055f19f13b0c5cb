/** Asks whether to trust the certificate that keeps an account offline. "Not now" is the first choice. */
import { ShieldAlert } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { CertificateDetails } from './certificate-details.tsx';

export function CertificateCard() {
  const { view } = useDesk();
  const { trust } = useActions();
  const account = useView(({ snapshot, certificatePutOff }) =>
    snapshot?.accounts.find(
      ({ certificate }) => certificate !== null && certificate.fingerprint !== certificatePutOff,
    ),
  );
  const question = account?.certificate ?? null;
  return (
    <div aria-live="assertive">
      {account !== undefined && question !== null && (
        <section className="certificate" aria-label={en.certificate.title}>
          <h2 className="certificate-title">
            <Icon of={ShieldAlert} size={18} />
            {en.certificate.title}
          </h2>
          <CertificateDetails question={question} />
          <div className="certificate-actions">
            <button
              type="button"
              className="button button-strong"
              onClick={() => view.setState({ certificatePutOff: question.fingerprint })}
            >
              {en.certificate.notNow}
            </button>
            <button
              type="button"
              className="button button-alarm"
              onClick={() => void trust(account.id, question.fingerprint)}
            >
              {en.certificate.trust}
            </button>
          </div>
        </section>
      )}
    </div>
  );
}
