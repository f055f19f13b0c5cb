/** What the field found, best first. The marked one is what Enter calls. */
import { AtSign, Phone } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Icon } from '../../ui/icon.tsx';
import { showNumber } from '../people/party.ts';
import type { DialChoice } from './dial-choices.ts';

export const resultId = (index: number) => `dial-result-${index}`;

interface DialResultsProps {
  choices: readonly DialChoice[];
  chosen: DialChoice | undefined;
  onCall: (choice: DialChoice) => void;
}

export function DialResults({ choices, chosen, onCall }: DialResultsProps) {
  return (
    <>
      <ul className="dial-results" id="dial-results" role="listbox" aria-label={en.keypad.found}>
        {choices.map((choice, index) => (
          <li
            key={`${choice.kind} ${choice.target}`}
            id={resultId(index)}
            className="row"
            role="option"
            aria-selected={choice === chosen}
            onClick={() => onCall(choice)}
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
  return showNumber(choice.target);
}
