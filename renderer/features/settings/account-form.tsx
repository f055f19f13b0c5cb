/** Connect or change an extension: server, extension, password; what few need is folded away. Each field is tried as it is typed. */
import { useState } from 'react';
import type { PhoneError } from '../../../contract/errors.ts';
import { en } from '../../i18n/en.ts';
import { TextField } from '../../ui/text-field.tsx';
import { Switch } from '../../ui/switch.tsx';
import { CertificateDetails } from '../certificate/certificate-details.tsx';
import {
  draftProblems,
  transports,
  type AccountDraft,
  type DraftProblems,
  type DraftText,
} from './account-draft.ts';
import { AccountSoundPart } from './account-sound-part.tsx';
import { TrustedPins } from './trusted-pins.tsx';
import { useAccountCheck, type AccountCheck } from './use-account-check.ts';

interface AccountFormProps {
  title: string;
  submitWord: string;
  start: AccountDraft;
  hasPassword: boolean;
  /** The account that is being changed; absent for a new one. */
  accountId?: string;
  /** Resolves to what the phone refused, or null when it is done. */
  onSubmit: (draft: AccountDraft) => Promise<PhoneError | null>;
  onCancel: () => void;
  /** What stands under the fields, such as a button that removes. */
  children?: React.ReactNode;
}

export function AccountForm({
  title,
  submitWord,
  start,
  hasPassword,
  accountId,
  onSubmit,
  onCancel,
  children,
}: AccountFormProps) {
  const [draft, setDraft] = useState(start);
  const [problems, setProblems] = useState<DraftProblems>({});
  const [refusal, setRefusal] = useState<PhoneError | null>(null);
  const [busy, setBusy] = useState(false);

  const { check, checking } = useAccountCheck(draft, { accountId, hasPassword });

  const certificate = check?.certificate ?? null;

  const change = (parts: Partial<AccountDraft>) => setDraft({ ...draft, ...parts });
  const field = (name: DraftText, label: string, placeholder = '') => (
    <TextField
      label={label}
      value={draft[name]}
      placeholder={placeholder}
      problem={problems[name]}
      finding={findingOf(name, check)}
      type={name === 'password' ? 'password' : 'text'}
      autoFocus={name === 'server'}
      onChange={(value) => {
        change({ [name]: value });
        setProblems({ ...problems, [name]: undefined });
      }}
    />
  );
  const submit = async () => {
    const found = draftProblems(draft, hasPassword);
    setProblems(found);
    setRefusal(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    setRefusal(await onSubmit(draft));
    setBusy(false);
  };

  return (
    <form
      className="sheet-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 className="sheet-title">{title}</h2>
      {field('server', en.account.server, en.account.serverHint)}
      {field('user', en.account.user)}
      {field('password', en.account.password, hasPassword ? en.account.passwordKept : '')}
      <p className="field-note" role="status">
        {checking ? en.account.checking : ''}
      </p>
      {certificate !== null && !draft.tlsPins.includes(certificate.fingerprint) && (
        <CertificateInForm
          certificate={certificate}
          onTrust={(fingerprint) => change({ tlsPins: [...draft.tlsPins, fingerprint] })}
        />
      )}
      <Part title={en.account.connection}>
        <label className="field">
          <span className="field-label">{en.account.transport}</span>
          <select
            value={draft.transport}
            onChange={({ target }) => {
              const chosen = transports.find(({ name }) => name === target.value);
              if (chosen !== undefined) change({ transport: chosen.name });
            }}
          >
            {transports.map(({ name, word }) => (
              <option key={name} value={name}>
                {word}
              </option>
            ))}
          </select>
        </label>
        {field('domain', en.account.domain, en.account.domainHint)}
        {field('outboundProxy', en.account.outboundProxy, en.account.outboundProxyHint)}
        {field('wsUri', en.account.wsUri, en.account.wsUriHint)}
        {field('authUser', en.account.authUser, en.account.authUserHint)}
        {field('registerExpires', en.account.registerExpires)}
      </Part>
      <Part title={en.account.security}>
        <label className="field">
          <span className="field-label">{en.account.tlsCa}</span>
          <textarea
            value={draft.tlsCa}
            rows={4}
            spellCheck={false}
            placeholder={en.account.tlsCaHint}
            aria-invalid={problems.tlsCa !== undefined}
            onChange={({ target }) => change({ tlsCa: target.value })}
          />
          {problems.tlsCa !== undefined && <span className="field-error">{problems.tlsCa}</span>}
        </label>
        <TrustedPins pins={draft.tlsPins} onChange={(tlsPins) => change({ tlsPins })} />
      </Part>
      <Part title={en.account.soundPart}>
        <AccountSoundPart draft={draft} onChange={change} />
      </Part>
      <Part title={en.account.callsPart}>
        {field('label', en.account.label, en.account.labelHint)}
        {field('displayName', en.account.displayName)}
        {field('voicemailNumber', en.account.voicemailNumber)}
        <Switch
          label={en.account.anonymous}
          detail={en.account.anonymousText}
          on={draft.anonymous}
          onChange={(anonymous) => change({ anonymous })}
        />
        <Switch
          label={en.account.publishPresence}
          detail={en.account.publishPresenceText}
          on={draft.publishPresence}
          onChange={(publishPresence) => change({ publishPresence })}
        />
      </Part>
      {refusal !== null && (
        <p className="field-error" role="alert">
          {refusal.message} {refusal.cure}
        </p>
      )}
      <div className="sheet-actions">
        <button type="button" className="button" onClick={onCancel}>
          {en.account.cancel}
        </button>
        <button type="submit" className="button button-strong" disabled={busy}>
          {submitWord}
        </button>
      </div>
      {children}
    </form>
  );
}

/** What the live check found about a typed field. */
function findingOf(name: DraftText, check: AccountCheck | null) {
  if (check === null) return undefined;
  if (name === 'server')
    return check.server.state === 'good' && check.transport.state === 'bad' ? check.transport : check.server;
  return name === 'user' || name === 'password' ? check[name] : undefined;
}

/** What few need, folded away. */
function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <details className="sheet-more">
      <summary>{title}</summary>
      <div className="sheet-more-fields">{children}</div>
    </details>
  );
}

function CertificateInForm({
  certificate,
  onTrust,
}: {
  certificate: NonNullable<AccountCheck['certificate']>;
  onTrust: (fingerprint: string) => void;
}) {
  return (
    <section className="certificate certificate-in-form" aria-label={en.certificate.title}>
      <h3 className="certificate-title">{en.certificate.title}</h3>
      <CertificateDetails question={certificate} />
      <div className="certificate-actions">
        <button
          type="button"
          className="button button-alarm"
          onClick={() => onTrust(certificate.fingerprint)}
        >
          {en.certificate.trust}
        </button>
      </div>
    </section>
  );
}
