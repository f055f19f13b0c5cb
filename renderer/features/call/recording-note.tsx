/** A call that is being recorded: a red dot, for how long, and the end of it; or that its recording has failed. */
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { timerText } from '../../i18n/time.ts';
import { useActions } from '../../store/desk.ts';
import { useNow } from '../../ui/use-now.ts';
import { partyName } from '../people/party.ts';
import './recording-note.css';

export function RecordingNote({ calls }: { calls: readonly CallSnapshot[] }) {
  return calls.map((call) => <Note key={call.id} call={call} named={calls.length > 1} />);
}

function Note({ call, named }: { call: CallSnapshot; named: boolean }) {
  const { record } = useActions();
  const now = useNow(1_000);
  const { recording } = call;
  if (recording === null) return null;
  if (recording.state === 'failed')
    return (
      <p className="recording recording-failed" role="alert">
        {en.recording.failed}
      </p>
    );
  return (
    <p className="recording">
      <span className="recording-dot" />
      <span role="status">{named ? en.recording.ofWhom(partyName(call.remote)) : en.recording.on}</span>
      <span>{timerText(now - recording.since)}</span>
      <button type="button" className="recording-stop" onClick={() => void record(call.id, false)}>
        {en.recording.stop}
      </button>
    </p>
  );
}
