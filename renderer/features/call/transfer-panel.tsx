/** To whom a call goes: one field that finds people and takes numbers, and two ways, at once or after a word with them. */
import { ChevronLeft, PhoneForwarded } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { isConference, isConnected } from '../../store/conversations.ts';
import { useActions, useDesk, usePhone } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { dialChoices, personChoice, type DialChoice } from '../keypad/dial-choices.ts';
import { DialResults, resultId } from '../keypad/dial-results.tsx';
import { knownPeople } from '../people/known-people.ts';
import { partyName } from '../people/party.ts';
import './transfer-panel.css';
import { useConversations } from './use-conversations.ts';

const listId = 'transfer-results';

export function TransferPanel({ call }: { call: CallSnapshot }) {
  const { view } = useDesk();
  const { transfer, consult } = useActions();
  const refusedTo = call.transfer?.to.number ?? '';
  const [text, setText] = useState(refusedTo);
  // Without a text nobody is marked until the arrows or the mouse do so: Enter must not transfer to just anybody.
  const [chosen, setChosen] = useState(refusedTo === '' ? null : 0);
  const choices = useTransferChoices(text, call.remote.number);
  const choice = chosen === null ? undefined : choices[chosen];
  const close = () => view.setState({ callPanel: null });

  const moveChoice = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || choices.length === 0) return;
    event.preventDefault();
    const from = chosen ?? (step === 1 ? -1 : 0);
    setChosen((from + step + choices.length) % choices.length);
  };
  return (
    <form
      className="transfer"
      aria-label={en.transfer.title(partyName(call.remote))}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (choice !== undefined) void transfer(call.id, choice.target);
      }}
    >
      <div className="transfer-head">
        <IconButton word={en.transfer.back} title={`${en.transfer.back} (Esc)`} onClick={close}>
          <Icon of={ChevronLeft} />
        </IconButton>
        <h1 className="transfer-title">{en.transfer.title(partyName(call.remote))}</h1>
      </div>
      <TransferField
        text={text}
        activeId={choice === undefined ? undefined : resultId(listId, choices.indexOf(choice))}
        onText={(next) => {
          setText(next);
          setChosen(next.trim() === '' ? null : 0);
        }}
        onKeyDown={moveChoice}
      />
      <div className="transfer-choices">
        {text.trim() === '' && <JoinCalls call={call} />}
        <DialResults
          id={listId}
          choices={choices}
          chosen={choice}
          onChoose={(wanted) => setChosen(choices.indexOf(wanted))}
        />
      </div>
      <div className="transfer-actions">
        <button
          type="submit"
          className="button button-strong"
          disabled={choice === undefined}
          title={`${en.transfer.nowDetail} (Enter)`}
        >
          {en.transfer.now}
        </button>
        <button
          type="button"
          className="button"
          disabled={choice === undefined}
          title={en.transfer.firstDetail}
          onClick={() => choice !== undefined && void consult(call.id, choice.target)}
        >
          {en.transfer.first}
        </button>
      </div>
    </form>
  );
}

/** Whom the text finds; everybody that is known, the person in the call left out, while there is none. */
function useTransferChoices(text: string, inCall: string): DialChoice[] {
  const history = usePhone((snapshot) => snapshot.history);
  return useMemo(() => {
    const people = knownPeople(history).filter(({ number }) => number !== inCall);
    return text.trim() === '' ? people.map(personChoice) : dialChoices(text, people);
  }, [text, history, inCall]);
}

interface TransferFieldProps {
  text: string;
  activeId: string | undefined;
  onText: (text: string) => void;
  onKeyDown: (event: React.KeyboardEvent) => void;
}

function TransferField({ text, activeId, onText, onKeyDown }: TransferFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <input
      ref={field}
      className="transfer-field"
      value={text}
      role="combobox"
      aria-label={en.transfer.field}
      aria-expanded
      aria-controls={listId}
      aria-autocomplete="list"
      aria-activedescendant={activeId}
      placeholder={en.keypad.field}
      autoComplete="off"
      autoCorrect="off"
      spellCheck={false}
      autoFocus
      onChange={(event) => onText(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}

/** The other calls that stand: their far sides can be connected with this one. */
function JoinCalls({ call }: { call: CallSnapshot }) {
  const { completeTransfer } = useActions();
  const { others } = useConversations();
  const joinable = others.filter((other) => isConnected(other) && !isConference(other));
  if (joinable.length === 0) return null;
  return (
    <>
      <h2 className="transfer-group">{en.transfer.calls}</h2>
      <ul>
        {joinable.map(({ calls: [other] }) => (
          <li key={other.id}>
            <button type="button" className="row" onClick={() => void completeTransfer(call.id, other.id)}>
              <Avatar party={other.remote} size="small" />
              <span className="row-text">
                <span className="row-title">{en.transfer.join(partyName(other.remote))}</span>
                <span className="row-detail">{en.transfer.nowDetail}</span>
              </span>
              <span className="row-call">
                <Icon of={PhoneForwarded} size={18} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <h2 className="transfer-group">{en.transfer.recent}</h2>
    </>
  );
}
