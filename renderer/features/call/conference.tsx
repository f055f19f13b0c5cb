/** The people of a conference: how each one stands, and how to take one out or hang one up. */
import { UserMinus } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { partyName, showNumber } from '../people/party.ts';
import './conference.css';

export function Conference({ calls }: { calls: readonly CallSnapshot[] }) {
  return (
    <ul className="conference" aria-label={en.conference.members}>
      {calls.map((call) => (
        <Member key={call.id} call={call} />
      ))}
    </ul>
  );
}

function Member({ call }: { call: CallSnapshot }) {
  const { split, hangUp } = useActions();
  const who = partyName(call.remote);
  const hold = call.hold.local ? en.hold.cardHere : call.hold.remote ? en.hold.cardThere : '';
  const number = call.remote.name === '' ? '' : showNumber(call.remote.number);
  const state = call.recovering ? en.call.restoring : hold || number;
  return (
    <li className="conference-member">
      <Avatar party={call.remote} size="small" />
      <span className="row-text">
        <span className="row-title">{who}</span>
        <span className="row-detail">{state}</span>
      </span>
      <IconButton word={en.conference.split(who)} onClick={() => void split(call.id)}>
        <Icon of={UserMinus} />
      </IconButton>
      <IconButton
        className="call-card-stop"
        word={en.conference.hangUp(who)}
        onClick={() => void hangUp(call.id)}
      >
        <HangUpIcon />
      </IconButton>
    </li>
  );
}
