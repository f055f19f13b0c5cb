/** The extensions that one watches: what each does now; Enter or a click calls, and a call that rings there can be picked up. */
import { Phone, PhoneForwarded } from 'lucide-react';
import type { Lamp } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { TextButton } from '../texts/text-button.tsx';
import { LampLight } from './lamp-light.tsx';
import { lampName, lampSentence } from './lamp-words.ts';

export function LampList({ lamps }: { lamps: readonly Lamp[] }) {
  return (
    <ul aria-label={en.lamps.title} className="lamps">
      {lamps.map((lamp) => (
        <LampRow key={`${lamp.accountId} ${lamp.number}`} lamp={lamp} />
      ))}
    </ul>
  );
}

function LampRow({ lamp }: { lamp: Lamp }) {
  const { dial, pickUp, openThread } = useActions();
  const name = lampName(lamp);
  const sentence = lampSentence(lamp);
  return (
    <li className="lamp-row">
      <button type="button" className="row" onClick={() => void dial(lamp.number, name)}>
        <span className="lamp-place">
          <LampLight state={lamp.state} />
        </span>
        <span className="row-text">
          <span className="row-title">
            <span className="unseen">{en.keypad.call} </span>
            {name}
          </span>
          <span className="row-detail" title={sentence}>
            {sentence}
          </span>
        </span>
        {!lamp.canPickUp && (
          <span className="row-call">
            <Icon of={Phone} size={18} />
          </span>
        )}
      </button>
      {!lamp.canPickUp && (
        <TextButton
          who={name}
          onPress={() => openThread({ accountId: lamp.accountId, address: lamp.number })}
        />
      )}
      {lamp.canPickUp && (
        <button
          type="button"
          className="button lamp-pick-up"
          aria-label={en.lamps.pickUpFor(name)}
          title={en.lamps.pickUpFor(name)}
          onClick={() => void pickUp(lamp.number, lamp.accountId)}
        >
          <Icon of={PhoneForwarded} size={18} />
          {en.lamps.pickUp}
        </button>
      )}
    </li>
  );
}
