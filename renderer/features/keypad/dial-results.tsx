/** What a field found, best first. The marked one is what Enter takes. */
import { AtSign, Phone } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Icon } from '../../ui/icon.tsx';
import { showNumber } from '../people/party.ts';
import type { DialChoice } from './dial-choices.ts';

/** The id of one result in the list with the given id: what the field's `aria-activedescendant` names. */
export const resultId = (listId: string, index: number) => `${listId}-${index}`;

interface DialResultsProps {
  /** The list's own id. */
  id: string;
  choices: readonly DialChoice[];
  chosen: DialChoice | undefined;
  onChoose: (choice: DialChoice) => void;
}

export function DialResults({ id, choices, chosen, onChoose }: DialResultsProps) {
  return (
    <>
      <ul className="dial-results" id={id} role="listbox" aria-label={en.keypad.found}>
        {choices.map((choice, index) => (
          <li
            key={`${choice.kind} ${choice.target}`}
            id={resultId(id, index)}
            className="row"
            role="option"
            aria-selected={choice === chosen}
            onClick={() => onChoose(choice)}
          >
            <Picture choice={choice} />
            <span className="row-text">
              <span className="row-title">{choice.who}</span>
              <span className="row-detail">{detail(choice)}</span>
            </span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className="keypad-hint">{en.keypad.nothing}</p>}
    </>
  );
}

function Picture({ choice }: { choice: DialChoice }) {
  if (choice.kind === 'person') return <Avatar party={choice.person} size="small" />;
  return (
    <span className="dial-results-icon">
      <Icon of={choice.kind === 'address' ? AtSign : Phone} />
    </span>
  );
}

function detail(choice: DialChoice): string {
  if (choice.kind === 'address') return en.keypad.addressText;
  if (choice.kind === 'letters') return en.keypad.lettersText(choice.target);
  const number = showNumber(choice.target);
  return number === choice.who ? '' : number;
}
