/** How an extension's sound is protected and finds its way, each with what it means as it stands. */
import { en } from '../../i18n/en.ts';
import { Switch } from '../../ui/switch.tsx';
import { encryptionSentence, type AccountDraft } from './account-draft.ts';

interface AccountSoundPartProps {
  draft: AccountDraft;
  onChange: (parts: Partial<AccountDraft>) => void;
}

const encryptions = ['off', 'optional', 'sdes', 'dtls'] as const satisfies AccountDraft['mediaEncryption'][];

export function AccountSoundPart({ draft, onChange }: AccountSoundPartProps) {
  const { state, sentence } = encryptionSentence(draft);
  return (
    <>
      <label className="field">
        <span className="field-label">{en.account.encryption}</span>
        <select
          value={draft.mediaEncryption}
          aria-describedby="encryption-note"
          onChange={({ target }) => {
            const mediaEncryption = encryptions.find((name) => name === target.value);
            if (mediaEncryption !== undefined) onChange({ mediaEncryption });
          }}
        >
          {encryptions.map((name) => (
            <option key={name} value={name}>
              {en.account.encryptions[name]}
            </option>
          ))}
        </select>
      </label>
      <p
        className={state === 'warn' ? 'field-note field-note-warn' : 'field-note'}
        id="encryption-note"
        role="status"
      >
        {sentence}
      </p>
      <Switch
        label={en.account.ice}
        detail={draft.ice ? en.account.iceOn : en.account.iceOff}
        on={draft.ice}
        onChange={(ice) => onChange({ ice })}
      />
      {draft.ice && (
        <Switch
          label={en.account.iceTrickle}
          detail={en.account.iceTrickleText}
          on={draft.iceTrickle}
          onChange={(iceTrickle) => onChange({ iceTrickle })}
        />
      )}
      <Switch
        label={en.account.rtcpMux}
        detail={en.account.rtcpMuxText}
        on={draft.rtcpMux}
        onChange={(rtcpMux) => onChange({ rtcpMux })}
      />
    </>
  );
}
