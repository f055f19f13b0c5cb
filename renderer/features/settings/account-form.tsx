/** Connect or change an extension: server, extension, password; the rest under "More". */
import { useState } from 'react';
import type { PhoneError } from '../../../contract/errors.ts';
import { en } from '../../i18n/en.ts';
import { TextField } from '../../ui/text-field.tsx';
import { draftProblems, transports, type AccountDraft, type DraftProblems } from './account-draft.ts';

interface AccountFormProps {
  title: string;
  submitWord: string;
  start: AccountDraft;
  hasPassword: boolean;
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
  onSubmit,
  onCancel,
  children,
}: AccountFormProps) {
  const [draft, setDraft] = useState(start);
  const [problems, setProblems] = useState<DraftProblems>({});
  const [refusal, setRefusal] = useState<PhoneError | null>(null);
  const [busy, setBusy] = useState(false);

  const field = (name: keyof AccountDraft, label: string, placeholder = '') => (
    <TextField
      label={label}
      value={draft[name]}
      placeholder={placeholder}
      problem={problems[name]}
      type={name === 'password' ? 'password' : 'text'}
      autoFocus={name === 'server'}
      onChange={(value) => {
        setDraft({ ...draft, [name]: value });
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
      <details className="sheet-more">
        <summary>{en.account.more}</summary>
        <div className="sheet-more-fields">
          <label className="field">
            <span className="field-label">{en.account.transport}</span>
            <select
              value={draft.transport}
              onChange={({ target }) => {
                const chosen = transports.find(({ name }) => name === target.value);
                if (chosen !== undefined) setDraft({ ...draft, transport: chosen.name });
              }}
            >
              {transports.map(({ name, word }) => (
                <option key={name} value={name}>
                  {word}
                </option>
              ))}
            </select>
          </label>
          {field('label', en.account.label, en.account.labelHint)}
          {field('displayName', en.account.displayName)}
          {field('domain', en.account.domain, en.account.domainHint)}
          {field('wsUri', en.account.wsUri, en.account.wsUriHint)}
        </div>
      </details>
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
