/** To whom a first text goes: one field that finds people and takes numbers and addresses. Enter takes the first of what is found. */
import { ChevronLeft } from 'lucide-react';
import { useMemo, useState } from 'react';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { dialChoices, personChoice, type DialChoice } from '../keypad/dial-choices.ts';
import { knownPeople } from '../people/known-people.ts';
import { showNumber } from '../people/party.ts';
import './texts.css';

export function NewText() {
  const history = usePhone((snapshot) => snapshot.history);
  const people = useMemo(() => knownPeople(history), [history]);
  const [text, setText] = useState('');
  const { openThread, closeThread } = useActions();
  const choices =
    text.trim() === ''
      ? people.map(personChoice)
      : dialChoices(text, people).filter(({ kind }) => kind !== 'letters');
  const choose = (choice: DialChoice | undefined) => {
    if (choice === undefined) return;
    openThread({
      accountId: choice.kind === 'person' ? choice.person.accountId : '',
      address: choice.target,
    });
  };
  return (
    <>
      <header className="thread-head">
        <IconButton word={en.texts.back} onClick={closeThread}>
          <Icon of={ChevronLeft} />
        </IconButton>
        <h1 className="thread-title">{en.texts.write}</h1>
      </header>
      <form
        className="thread-to"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') choose(choices[0]);
        }}
      >
        <input
          value={text}
          aria-label={en.texts.to}
          placeholder={en.keypad.field}
          autoComplete="off"
          spellCheck={false}
          autoFocus
          onChange={(event) => setText(event.target.value)}
        />
      </form>
      <div className="scroll" tabIndex={-1}>
        {choices.length === 0 && <p className="keypad-hint">{en.keypad.nothing}</p>}
        <ul aria-label={en.keypad.found}>
          {choices.map((choice) => (
            <li key={`${choice.kind} ${choice.target}`}>
              <button type="button" className="row" onClick={() => choose(choice)}>
                <Avatar
                  party={choice.kind === 'person' ? choice.person : { name: '', number: choice.target }}
                  size="small"
                />
                <span className="row-text">
                  <span className="row-title">{choice.who}</span>
                  <span className="row-detail">
                    {choice.who === showNumber(choice.target) ? '' : showNumber(choice.target)}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
