/** The calls that ring here: a card each above everything else, told at once and never taking the focus. */
import { CornerUpRight, Phone } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { currentCall, incomingCall, isIncomingRinging } from '../../store/calls.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { referrerWords } from '../call/call-words.ts';
import { partyName, showNumber } from '../people/party.ts';
import { Deflect } from './deflect.tsx';
import './incoming-call.css';

/** `roomy`: there is room for everything that one can do with a call. */
export function IncomingCalls({ roomy = false }: { roomy?: boolean }) {
  const ringing = usePhone(useShallow(({ calls }) => calls.filter(isIncomingRinging)));
  return ringing.map((call) => <IncomingCall key={call.id} call={call} roomy={roomy} />);
}

function IncomingCall({ call, roomy }: { call: CallSnapshot; roomy: boolean }) {
  // Enter and Escape are for the one that rings longest.
  const first = usePhone(({ calls }) => incomingCall(calls)?.id === call.id);
  const talking = usePhone(({ calls }) => currentCall(calls));
  const armed = useView(({ escapeArmedFor }) => escapeArmedFor === call.id);
  const [elsewhere, setElsewhere] = useState(false);
  const { answer, reject } = useActions();
  const held = talking === undefined || talking.hold.local ? '' : partyName(talking.remote);
  const answerName = held === '' ? en.incoming.answer : en.incoming.answerAndHold(held);
  const kind = armed ? en.incoming.rejectAgain : held === '' ? en.incoming.region : en.incoming.holds(held);
  const shortcut = (keys: string) => (first ? ` (${keys})` : '');
  return (
    <section className="incoming" aria-label={en.status.incoming(partyName(call.remote))}>
      <div className="incoming-call">
        <Avatar party={call.remote} size="small" ringing />
        <div className="row-text">
          <p className="incoming-kind">{kind}</p>
          <p className="row-title incoming-name">{partyName(call.remote)}</p>
          <Details call={call} />
        </div>
        {!roomy && (
          <IconButton
            className="incoming-elsewhere"
            aria-expanded={elsewhere}
            word={en.incoming.elsewhere}
            onClick={() => setElsewhere(!elsewhere)}
          >
            <Icon of={CornerUpRight} />
          </IconButton>
        )}
        <button
          type="button"
          className="incoming-button incoming-reject"
          aria-label={en.incoming.reject}
          aria-keyshortcuts={first ? 'Escape' : undefined}
          title={en.incoming.reject + shortcut('Esc Esc')}
          onClick={() => void reject(call.id)}
        >
          <HangUpIcon />
        </button>
        <button
          type="button"
          className="incoming-button incoming-answer"
          aria-label={answerName}
          aria-keyshortcuts={first ? 'Enter' : undefined}
          title={answerName + shortcut('Enter')}
          onClick={() => void answer(call.id)}
        >
          <Icon of={Phone} />
        </button>
      </div>
      {roomy && <Deflect call={call} />}
      {!roomy && elsewhere && <Deflect call={call} onClose={() => setElsewhere(false)} />}
    </section>
  );
}

/** The number, who sent the call here, and the line that it came on where there are several. */
function Details({ call }: { call: CallSnapshot }) {
  const line = usePhone(({ accounts }) =>
    accounts.length > 1 ? (accounts.find(({ id }) => id === call.accountId)?.label ?? '') : '',
  );
  const { remote } = call;
  const details = [
    remote.name === '' ? '' : showNumber(remote.number),
    referrerWords(call),
    line === '' ? '' : en.incoming.line(line),
  ].filter((detail) => detail !== '');
  if (details.length === 0) return null;
  return (
    <p className="row-detail" title={details.join(' · ')}>
      {details.join(' · ')}
    </p>
  );
}
