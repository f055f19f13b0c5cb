/** A transfer on its way: the consultation before it, how it goes, and what is left to do when it is refused. */
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, usePhone } from '../../store/desk.ts';
import { partyName } from '../people/party.ts';
import { CallStrip } from './call-strip.tsx';

export function TransferStrip({ call }: { call: CallSnapshot }) {
  const first = usePhone(({ calls }) =>
    calls.find(({ id, state }) => id === call.consultationFor && state !== 'ended'),
  );
  if (call.transfer !== null) return <Progress call={call} transfer={call.transfer} />;
  if (first === undefined) return null;
  if (first.transfer !== null && first.transfer.state !== 'refused') {
    return <CallStrip label={en.transfer.progress} sentence={first.transfer.sentence} />;
  }
  return first.conferenceId === null && <Consultation call={call} first={first} />;
}

function Progress({
  call,
  transfer,
}: {
  call: CallSnapshot;
  transfer: NonNullable<CallSnapshot['transfer']>;
}) {
  const { view } = useDesk();
  const { consult } = useActions();
  const refused = transfer.state === 'refused';
  return (
    <CallStrip label={en.transfer.progress} sentence={transfer.sentence} alarm={refused}>
      {refused && (
        <>
          <button
            type="button"
            className="button button-strong"
            onClick={() => view.setState({ callPanel: 'transfer' })}
          >
            {en.transfer.again}
          </button>
          <button
            type="button"
            className="button"
            title={en.transfer.firstDetail}
            onClick={() => void consult(call.id, transfer.to.number || transfer.to.uri)}
          >
            {en.transfer.first}
          </button>
        </>
      )}
    </CallStrip>
  );
}

/** One talks to the person who shall take the call over; the other one waits on hold. */
function Consultation({ call, first }: { call: CallSnapshot; first: CallSnapshot }) {
  const { completeTransfer, backFromConsultation, merge } = useActions();
  const who = partyName(call.remote);
  const answered = call.state === 'connected';
  const completing = answered ? en.transfer.nowDetail : en.transfer.unanswered(who);
  const waiting = answered ? undefined : en.transfer.mergeWait(who);
  const refusal = first.transfer?.sentence;
  return (
    <CallStrip
      label={en.transfer.title(partyName(first.remote))}
      sentence={refusal ?? en.transfer.consulting(partyName(first.remote))}
      alarm={refusal !== undefined}
    >
      <button
        type="button"
        className="button button-strong"
        title={completing}
        aria-description={completing}
        onClick={() => void completeTransfer(first.id, call.id)}
      >
        {en.transfer.complete}
      </button>
      <button type="button" className="button" onClick={() => void backFromConsultation(call.id, first.id)}>
        {en.transfer.backTo(partyName(first.remote))}
      </button>
      <button
        type="button"
        className="button"
        aria-disabled={!answered}
        aria-description={waiting}
        title={waiting}
        onClick={() => answered && void merge(first.id, call.id)}
      >
        {en.transfer.merge}
      </button>
    </CallStrip>
  );
}
