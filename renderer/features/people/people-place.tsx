/** Whom one watches, and everyone this phone has talked to or was called by; searchable. */
import { Phone, Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { peopleFieldId } from '../../ui/field-ids.ts';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LampEditor } from '../lamps/lamp-editor.tsx';
import { LampList } from '../lamps/lamp-list.tsx';
import { lampName } from '../lamps/lamp-words.ts';
import { TextButton } from '../texts/text-button.tsx';
import { findPeople, knownPeople } from './known-people.ts';
import { partyName, showNumber } from './party.ts';
import './people.css';

export function PeoplePlace() {
  const history = usePhone((snapshot) => snapshot.history);
  const people = useMemo(
    () =>
      knownPeople(history).sort((a, b) => partyName(a).localeCompare(partyName(b), 'en', { numeric: true })),
    [history],
  );
  const lamps = usePhone((snapshot) => snapshot.lamps);
  const [text, setText] = useState('');
  const [editing, setEditing] = useState(false);
  const { dial, openThread } = useActions();
  const found = findPeople(people, text);
  const call = (index: number) => {
    const person = found[index];
    if (person !== undefined) void dial(person.number, partyName(person));
  };
  const shownLamps = lamps.filter(
    (lamp) => findPeople([{ name: lampName(lamp), number: lamp.number }], text).length > 0,
  );
  if (editing) {
    return (
      <>
        <header className="place-head">
          <h1 className="place-title">{en.lamps.edit}</h1>
        </header>
        <div className="scroll" tabIndex={-1}>
          <LampEditor onDone={() => setEditing(false)} />
        </div>
      </>
    );
  }
  const words =
    people.length === 0
      ? { title: en.people.empty, text: en.people.emptyText }
      : { title: en.people.nobody, text: en.people.nobodyText };
  return (
    <>
      <h1 className="unseen">{en.people.title}</h1>
      <form
        className="people-search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          call(0);
        }}
      >
        <Icon of={Search} size={18} />
        <input
          id={peopleFieldId}
          type="search"
          value={text}
          aria-label={en.people.search}
          placeholder={en.people.search}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </form>
      <div className="scroll" tabIndex={-1}>
        <div className="lamps-head">
          {lamps.length > 0 && <h2 className="lamps-title">{en.lamps.title}</h2>}
          <button type="button" className="lamps-edit" onClick={() => setEditing(true)}>
            {lamps.length === 0 ? en.lamps.watch : en.lamps.editWord}
          </button>
        </div>
        {shownLamps.length > 0 && <LampList lamps={shownLamps} />}
        {found.length === 0 && shownLamps.length === 0 && <Empty {...words} />}
        <ul>
          {found.map((person, index) => (
            <li key={person.number} className="people-row">
              <button type="button" className="row" onClick={() => call(index)}>
                <Avatar party={person} size="small" />
                <span className="row-text">
                  <span className="row-title">
                    <span className="unseen">{en.keypad.call} </span>
                    {partyName(person)}
                  </span>
                  <span className="row-detail">
                    {person.name === '' ? '' : `${showNumber(person.number)} · `}
                    {en.people.calls(person.calls)}
                  </span>
                </span>
                <span className="row-call">
                  <Icon of={Phone} size={18} />
                </span>
              </button>
              <TextButton
                who={partyName(person)}
                onPress={() => openThread({ accountId: person.accountId, address: person.number })}
              />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
