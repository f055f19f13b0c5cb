/** Brings the phone's events into the view. */
import type { EventData } from '../../contract/phone.ts';
import type { CallSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';
import { qualityOf } from '../features/call/line-quality.ts';
import { partyName } from '../features/people/party.ts';
import type { Shell } from '../shell/shell.ts';
import type { PhoneViewStore, Trouble } from './phone-view.ts';

/** Seconds that the quality line shows. */
const lineSeconds = 60;

/** Subscribes to everything. Returns the function that ends it. */
export function feedPhoneView(shell: Shell, view: PhoneViewStore): () => void {
  const ends = [
    shell.phone.subscribe('snapshot', (snapshot) => takeSnapshot(view, snapshot)),
    shell.phone.subscribe('levels', ({ callId, ...levels }) =>
      view.setState(({ levels: before }) => ({ levels: { ...before, [callId]: levels } })),
    ),
    shell.phone.subscribe('stats', (data) => takeStats(view, data)),
    shell.phone.subscribe('notice', ({ error }) => view.setState({ trouble: { kind: 'notice', error } })),
    shell.onLink((link) => {
      view.setState({ link });
      if (link === 'open') void askForSnapshot(shell, view);
    }),
  ];
  return () => ends.forEach((end) => end());
}

async function askForSnapshot(shell: Shell, view: PhoneViewStore): Promise<void> {
  const before = view.getState().snapshot;
  const answer = await shell.phone.request('phone.snapshot', {});
  // A snapshot that came by itself meanwhile is newer.
  if (answer.ok && view.getState().snapshot === before) takeSnapshot(view, answer.value);
}

function takeSnapshot(view: PhoneViewStore, snapshot: PhoneSnapshot): void {
  const { snapshot: before, target, trouble, levels, lines, folded, callKeypad } = view.getState();
  const failed = before === null ? undefined : snapshot.calls.find((call) => hasJustFailed(call, before));
  const goesOn = (id: string) => snapshot.calls.some((call) => call.id === id && call.state !== 'ended');
  const anyOpen = snapshot.calls.some((call) => call.state !== 'ended');
  view.setState({
    snapshot,
    target: before === null ? snapshot.settings.interface.prefilled_target : target,
    trouble: failed === undefined ? trouble : callTrouble(failed),
    levels: keep(levels, goesOn),
    lines: keep(lines, goesOn),
    folded: folded && anyOpen,
    callKeypad: callKeypad && anyOpen,
  });
}

/** True once for each call: when it is seen ended, with an error, for the first time. */
function hasJustFailed(call: CallSnapshot, before: PhoneSnapshot): boolean {
  if (call.end === null || call.end.error === null || call.end.answeredElsewhere) return false;
  return before.calls.find(({ id }) => id === call.id)?.state !== 'ended';
}

function callTrouble({ remote, end }: CallSnapshot): Trouble | null {
  if (end === null || end.error === null) return null;
  return { kind: 'call', who: partyName(remote), target: remote.number || remote.uri, error: end.error };
}

function takeStats(view: PhoneViewStore, { callId, final, stats }: EventData<'stats'>): void {
  if (final) return;
  view.setState(({ lines }) => {
    const before = lines[callId];
    const seconds = [...(before?.seconds ?? []), qualityOf(before?.last ?? null, stats)].slice(-lineSeconds);
    return { lines: { ...lines, [callId]: { last: stats, seconds } } };
  });
}

function keep<T>(record: Readonly<Record<string, T>>, wanted: (id: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([id]) => wanted(id)));
}
