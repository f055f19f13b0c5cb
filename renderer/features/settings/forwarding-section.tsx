/** Where calls go instead, for each extension: the PBX does it, asked through its feature codes. */
import { useId, useState } from 'react';
import type { PhoneError } from '../../../contract/errors.ts';
import type { AccountSettings, Settings } from '../../../contract/settings.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { plainNumber } from '../keypad/key-letters.ts';
import { showNumber } from '../people/party.ts';
import { Section } from './section.tsx';

type When = keyof AccountSettings['forward'];
const occasions: readonly When[] = ['always', 'busy', 'unavailable'];

/** The occasions for which the PBX has codes. */
const offered = ({ feature_codes: codes }: Settings): When[] =>
  occasions.filter((when) => codes[`forward_${when}_on`] !== '' && codes[`forward_${when}_off`] !== '');

export function ForwardingSection() {
  const settings = usePhone((snapshot) => snapshot.settings);
  const accounts = settings.accounts.filter(({ enabled }) => enabled);
  const whens = offered(settings);
  if (accounts.length === 0 || whens.length === 0) return null;
  return (
    <Section title={en.forwarding.title}>
      {accounts.map((account) => (
        <div key={account.id} role="group" aria-label={en.forwarding.of(account.label)}>
          {accounts.length > 1 && <h3 className="forwarding-line">{account.label}</h3>}
          {whens.map((when) => (
            <ForwardingLine key={when} accountId={account.id} when={when} to={account.forward[when]} />
          ))}
        </div>
      ))}
      <p className="settings-note">{en.forwarding.text}</p>
    </Section>
  );
}

interface ForwardingLineProps {
  accountId: string;
  when: When;
  /** Where calls go now; empty for here. */
  to: string;
}

function ForwardingLine({ accountId, when, to }: ForwardingLineProps) {
  const id = useId();
  const { forward } = useActions();
  /** What is being typed; null shows where calls go now. */
  const [typed, setTyped] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<PhoneError | null>(null);
  const text = typed ?? showNumber(to);
  const number = plainNumber(text) ?? '';
  /** What the button does: ends a forwarding that stands as it is typed, else begins one. */
  const ends = to !== '' && (number === to || text.trim() === '');
  const ask = async () => {
    if (asking || (number === '' && !ends)) return;
    setAsking(true);
    setRefusal(null);
    const error = await forward(accountId, when, ends ? '' : number);
    setRefusal(error);
    setAsking(false);
    if (error === null) setTyped(null);
  };
  return (
    <form
      className="forwarding"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <label className="forwarding-name" htmlFor={id}>
        {en.forwarding.when[when]}
        {to !== '' && <span className="forwarding-on">{en.forwarding.goTo(showNumber(to))}</span>}
      </label>
      <div className="forwarding-ask">
        <input
          id={id}
          className="select"
          value={text}
          placeholder={en.forwarding.number}
          inputMode="tel"
          autoComplete="off"
          aria-invalid={refusal !== null}
          aria-describedby={`${id}-answer`}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button
          type="submit"
          className="button"
          aria-label={en.forwarding.ask(ends ? en.forwarding.stop : en.forwarding.start, when)}
          aria-disabled={asking || (number === '' && !ends)}
        >
          {ends ? en.forwarding.stop : en.forwarding.start}
        </button>
      </div>
      <p id={`${id}-answer`} className={refusal === null ? 'settings-note' : 'field-error'} role="status">
        {asking ? en.forwarding.asking : refusal === null ? '' : `${refusal.message} ${refusal.cure}`}
      </p>
    </form>
  );
}
