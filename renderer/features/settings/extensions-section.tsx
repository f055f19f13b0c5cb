/** The extensions of this phone: which are reachable, and how to add, change or remove one. */
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { AccountSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { enabledAccounts } from '../../store/default-account.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { agoText } from '../../i18n/time.ts';
import { BareSwitch } from '../../ui/switch.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { RegistrationLight } from '../status/registration-light.tsx';
import { registrationWord } from '../status/status-sentence.ts';
import { accountOf, draftOf, emptyDraft } from './account-draft.ts';
import { AccountForm } from './account-form.tsx';
import { Section } from './section.tsx';

export function ExtensionsSection() {
  const accounts = usePhone((snapshot) => snapshot.accounts);
  const callable = usePhone(useShallow(enabledAccounts));
  const chosen = usePhone(({ settings }) => settings.default_account);
  const secretStore = usePhone((snapshot) => snapshot.secretStore);
  const { change, addAccount } = useActions();
  const [editing, setEditing] = useState<AccountSnapshot | null>(null);
  const [adding, setAdding] = useState(false);
  return (
    <Section title={en.settings.extensions}>
      {accounts.map((account) => (
        <AccountRow key={account.id} account={account} onEdit={() => setEditing(account)} />
      ))}
      <div className="settings-line">
        <button type="button" className="button button-quiet button-wide" onClick={() => setAdding(true)}>
          <Icon of={Plus} size={18} />
          {en.settings.add}
        </button>
      </div>
      {callable.length > 1 && (
        <label className="settings-line">
          <span className="settings-name">{en.settings.callsGoOut}</span>
          <select
            className="select"
            value={chosen}
            onChange={({ target }) => void change({ default_account: target.value })}
          >
            <option value="">{en.settings.automatic}</option>
            {callable.map(({ id, user, label }) => (
              <option key={id} value={id}>
                {`${user} · ${label}`}
              </option>
            ))}
          </select>
        </label>
      )}
      <p className="settings-note">
        {secretStore.kind === 'keychain' ? en.settings.keychain : en.settings.session(secretStore.reason)}
      </p>
      {adding && (
        <Sheet label={en.account.addTitle} onClose={() => setAdding(false)}>
          <AccountForm
            title={en.account.addTitle}
            submitWord={en.account.connect}
            start={emptyDraft}
            hasPassword={false}
            onCancel={() => setAdding(false)}
            onSubmit={async (draft) => {
              const error = await addAccount({ account: accountOf(draft), password: draft.password });
              if (error === null) setAdding(false);
              return error;
            }}
          />
        </Sheet>
      )}
      {editing !== null && <EditAccount account={editing} onClose={() => setEditing(null)} />}
    </Section>
  );
}

function AccountRow({ account, onEdit }: { account: AccountSnapshot; onEdit: () => void }) {
  const { register, switchAccount } = useActions();
  const stored = usePhone(({ settings }) => settings.accounts.find(({ id }) => id === account.id));
  const off = stored?.enabled === false;
  const { state, reason, error } = account.registration;
  const words = registrationWord(state, reason);
  const practice = account.kind === 'practice';
  return (
    <div className="settings-account">
      <RegistrationLight state={state} words={words} />
      <span className="row-text">
        <span className="row-title">{`${account.user} · ${account.label}`}</span>
        <span className="row-detail" title={error?.message ?? reason}>
          {state === 'failed'
            ? (error?.message ?? reason)
            : practice
              ? en.settings.practiceText
              : `${off ? en.settings.switchedOff : words} · ${account.server}`}
        </span>
        {!practice && state === 'registered' && <Reachable account={account} />}
      </span>
      {!off && state !== 'registered' && state !== 'registering' && (
        <button type="button" className="button" onClick={() => void register(account.id)}>
          {en.settings.register}
        </button>
      )}
      {!practice && (
        <button
          type="button"
          className="button"
          aria-label={en.settings.edit(account.label)}
          onClick={onEdit}
        >
          {en.settings.editWord}
        </button>
      )}
      {stored !== undefined && (
        <BareSwitch
          name={en.settings.use(account.label)}
          on={stored.enabled}
          onChange={(enabled) => void switchAccount(account.id, enabled)}
        />
      )}
    </div>
  );
}

/** Whether the PBX reaches this phone, and since when that is known; a click finds out again. */
function Reachable({ account }: { account: AccountSnapshot }) {
  const { prove } = useActions();
  const now = useNow(5_000);
  const { state, provenAt, sentence } = account.reachable;
  if (sentence === '') return null;
  const ago = provenAt === null ? '' : ` · ${en.settings.proven(agoText(now - provenAt))}`;
  return (
    <button
      type="button"
      className={`row-detail reachable reachable-${state}`}
      title={en.settings.proveNow}
      onClick={() => void prove(account.id)}
    >
      {sentence.replace(/\.$/, '')}
      {ago}
    </button>
  );
}

function EditAccount({ account, onClose }: { account: AccountSnapshot; onClose: () => void }) {
  const stored = usePhone(({ settings }) => settings.accounts.find(({ id }) => id === account.id));
  const { changeAccount, removeAccount } = useActions();
  const [sure, setSure] = useState(false);
  if (stored === undefined) return null;
  return (
    <Sheet label={en.account.editTitle} onClose={onClose}>
      <AccountForm
        title={en.account.editTitle}
        submitWord={en.account.save}
        start={draftOf(stored)}
        accountId={account.id}
        hasPassword={account.hasPassword}
        onCancel={onClose}
        onSubmit={async (draft) => {
          const error = await changeAccount({
            accountId: account.id,
            account: accountOf(draft),
            ...(draft.password === '' ? {} : { password: draft.password }),
          });
          if (error === null) onClose();
          return error;
        }}
      >
        <button
          type="button"
          className="button button-quiet button-alarm"
          onBlur={() => setSure(false)}
          onClick={() => {
            if (!sure) return setSure(true);
            void removeAccount(account.id).then(onClose);
          }}
        >
          {sure ? en.settings.removeSure : en.settings.remove}
        </button>
      </AccountForm>
    </Sheet>
  );
}
