/** One field finds people and dials. Its first choice is what Enter calls, and the call button says whom. */
import { Delete, Phone } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { currentCall } from '../../store/calls.ts';
import { useActions, useDesk, usePhone, useView } from '../../store/desk.ts';
import { numberFieldId } from '../../ui/field-ids.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { knownPeople } from '../people/known-people.ts';
import { partyName } from '../people/party.ts';
import { dialChoices, type DialChoice } from './dial-choices.ts';
import { DialResults, resultId } from './dial-results.tsx';
import { Dialpad } from './dialpad.tsx';
import { isName } from './key-letters.ts';
import './keypad.css';
import { LineChoice } from './line-choice.tsx';
import { StatusLine } from '../status/status-line.tsx';

const listId = 'dial-results';

export function KeypadPlace() {
  const { view } = useDesk();
  const { dial } = useActions();
  const target = useView((state) => state.target);
  const dialling = useView((state) => state.dialling);
  const history = usePhone((snapshot) => snapshot.history);
  const talking = usePhone(({ calls }) => currentCall(calls));
  const people = useMemo(() => knownPeople(history), [history]);
  const choices = useMemo(() => dialChoices(target, people), [target, people]);
  const [chosen, setChosen] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  // Where the caret stood when the field lost the focus, to a key that is pressed: browsers differ in keeping it meanwhile.
  const left = useRef<Pick<HTMLInputElement, 'selectionStart' | 'selectionEnd'> | null>(null);
  const choice = choices[chosen] ?? choices[0];
  const finding = isName(target);

  // What stands in the field is selected, so that typing replaces it.
  useLayoutEffect(() => field.current?.select(), []);

  const write = (text: string) => {
    view.setState({ target: text });
    setChosen(0);
  };
  const call = (wanted: DialChoice | undefined) => {
    if (wanted !== undefined) void dial(wanted.target, wanted.who);
  };
  const pressKey = (digit: string) => {
    const input = field.current;
    if (input === null) return;
    const { selectionStart, selectionEnd } = left.current ?? input;
    const from = Math.min(selectionStart ?? target.length, target.length);
    const to = Math.min(selectionEnd ?? target.length, target.length);
    flushSync(() => write(target.slice(0, from) + digit + target.slice(to)));
    if (left.current === null) input.setSelectionRange(from + 1, from + 1);
    else left.current = { selectionStart: from + 1, selectionEnd: from + 1 };
  };
  const erase = () => {
    const input = field.current;
    const whole = input !== null && input.selectionEnd !== input.selectionStart;
    write(whole ? '' : target.slice(0, -1));
    input?.focus();
  };
  const moveChoice = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || choices.length === 0) return;
    event.preventDefault();
    setChosen((chosen + step + choices.length) % choices.length);
  };

  return (
    <form
      className="keypad"
      onSubmit={(event) => {
        event.preventDefault();
        call(choice);
      }}
    >
      <h1 className="unseen">{en.places.keypad}</h1>
      <div className="keypad-field">
        <input
          ref={field}
          id={numberFieldId}
          value={target}
          role="combobox"
          aria-label={en.keypad.field}
          aria-expanded={finding}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={
            finding && choice !== undefined ? resultId(listId, choices.indexOf(choice)) : undefined
          }
          onBlur={({ currentTarget: { selectionStart, selectionEnd } }) => {
            left.current = { selectionStart, selectionEnd };
          }}
          onFocus={() => {
            left.current = null;
          }}
          placeholder={en.keypad.field}
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          autoFocus
          onChange={(event) => write(event.target.value)}
          onKeyDown={moveChoice}
        />
        {target !== '' && (
          <IconButton word={en.keypad.erase} onClick={erase}>
            <Icon of={Delete} size={20} />
          </IconButton>
        )}
      </div>
      {finding ? (
        <DialResults id={listId} choices={choices} chosen={choice} onChoose={call} />
      ) : (
        <>
          <StatusLine />
          <div className="keypad-room" />
          <Dialpad onKey={pressKey} plus />
        </>
      )}
      <div className="keypad-call">
        <button
          type="submit"
          className="button button-go"
          disabled={choice === undefined || dialling !== ''}
          title={callTitle(talking)}
        >
          <Icon of={Phone} />
          <span className="keypad-who">{callWords(choice, dialling)}</span>
        </button>
        <LineChoice />
      </div>
    </form>
  );
}

/** In a call it says what becomes of that one. */
function callTitle(talking: CallSnapshot | undefined): string {
  if (talking === undefined || talking.hold.local) return en.keypad.callKeys;
  return `${en.keypad.callKeys} · ${en.keypad.holdsFirst(partyName(talking.remote))}`;
}

function callWords(choice: DialChoice | undefined, dialling: string): string {
  if (dialling !== '') return en.status.calling(dialling);
  return choice === undefined ? en.keypad.call : en.keypad.callWho(choice.who);
}
