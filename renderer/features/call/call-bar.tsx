/** Above the places while one is in a call and looks elsewhere. */
import { ChevronUp } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { useActions, useDesk } from '../../store/desk.ts';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import { partyName } from '../people/party.ts';
import { callSentence } from '../status/status-sentence.ts';

export function CallBar({ call }: { call: CallSnapshot }) {
  const { view } = useDesk();
  const { hangUp } = useActions();
  const who = partyName(call.remote);
  const now = useNow(250);
  const step = call.answeredAt === null ? callSentence(call) : timerText(now - call.answeredAt);
  return (
    <section className="call-bar" aria-label={en.call.region}>
      <button
        type="button"
        className="call-bar-back"
        title={en.call.unfold}
        onClick={() => view.setState({ folded: false })}
      >
        <Icon of={ChevronUp} />
        <span className="row-text">
          <span className="row-title">
            <span className="unseen">{en.call.unfold} </span>
            {who}
          </span>
        </span>
        <span>{step}</span>
      </button>
      <button
        type="button"
        className="call-bar-stop"
        aria-label={en.call.hangUp}
        title={en.call.hangUp}
        onClick={() => void hangUp(call.id)}
      >
        <HangUpIcon />
      </button>
    </section>
  );
}
