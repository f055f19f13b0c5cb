/** Add, change or remove a TURN server. Its credential goes to the keychain, never into the settings. */
import { useState } from 'react';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { TextField } from '../../ui/text-field.tsx';
import { turnProblem, turnServerOf, type TurnDraft } from './turn-draft.ts';

interface TurnFormProps {
  /** Its place in the settings' list; one past the end for a new one. */
  index: number;
  start: TurnDraft;
  onDone: () => void;
}

const types = ['password', 'secret'] as const satisfies TurnDraft['credentialType'][];

export function TurnForm({ index, start, onDone }: TurnFormProps) {
  const servers = usePhone(({ settings }) => settings.turn_servers);
  const before = servers[index];
  const { change, changeTurnCredential } = useActions();
  const [draft, setDraft] = useState(start);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const put = (parts: Partial<TurnDraft>) => {
    setDraft({ ...draft, ...parts });
    setProblem(undefined);
  };
  const save = async () => {
    const found = turnProblem(draft);
    setProblem(found);
    if (found !== undefined) return;
    const server = turnServerOf(draft, before);
    await change({ turn_servers: before === undefined ? [...servers, server] : servers.with(index, server) });
    if (draft.credential !== '') await changeTurnCredential(index, draft.credential);
    onDone();
  };
  const remove = async () => {
    if (before?.credential !== undefined) await changeTurnCredential(index, '');
    await change({ turn_servers: servers.filter((_, at) => at !== index) });
    onDone();
  };
  return (
    <form
      className="sheet-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h2 className="sheet-title">{en.soundNetwork.turnTitle}</h2>
      <TextField
        label={en.soundNetwork.turnUrl}
        value={draft.url}
        placeholder={en.soundNetwork.turnHint}
        problem={problem}
        autoFocus
        onChange={(url) => put({ url })}
      />
      <label className="field">
        <span className="field-label">{en.soundNetwork.credentialType}</span>
        <select
          value={draft.credentialType}
          onChange={({ target }) => {
            const credentialType = types.find((type) => type === target.value);
            if (credentialType !== undefined) put({ credentialType });
          }}
        >
          {types.map((type) => (
            <option key={type} value={type}>
              {en.soundNetwork.credentialTypes[type]}
            </option>
          ))}
        </select>
      </label>
      <TextField
        label={en.soundNetwork.user}
        value={draft.username}
        onChange={(username) => put({ username })}
      />
      <TextField
        label={en.soundNetwork.credential[draft.credentialType]}
        value={draft.credential}
        type="password"
        placeholder={before?.credential === undefined ? '' : en.account.passwordKept}
        onChange={(credential) => put({ credential })}
      />
      <div className="sheet-actions">
        <button type="button" className="button" onClick={onDone}>
          {en.account.cancel}
        </button>
        <button type="submit" className="button button-strong">
          {en.account.save}
        </button>
      </div>
      {before !== undefined && (
        <button type="button" className="button button-quiet button-alarm" onClick={() => void remove()}>
          {en.soundNetwork.remove}
        </button>
      )}
    </form>
  );
}
