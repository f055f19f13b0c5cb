/** Brings the phone's events into the view. */
import type { EventData } from '../../contract/phone.ts';
import type { CallSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';
import { partyName } from '../features/people/party.ts';
import type { Shell } from '../shell/shell.ts';
import { shownConversation } from './conversations.ts';
import type { PhoneView, PhoneViewStore, Trouble } from './phone-view.ts';

/** Seconds that the quality line shows. */
const lineSeconds = 60;

type Clock = () => number;

/** Subscribes to everything. `now`: ms since 1970. Returns the function that ends it. */
export function feedPhoneView(shell: Shell, view: PhoneViewStore, now: Clock): () => void {
  const ends = [
    shell.phone.subscribe('snapshot', (snapshot) => takeSnapshot(view, snapshot, now())),
    shell.phone.subscribe('levels', ({ callId, ...levels }) =>
      view.setState(({ levels: before }) => ({ levels: { ...before, [callId]: levels } })),
    ),
    shell.phone.subscribe('stats', (data) => takeStats(view, data)),
    shell.phone.subscribe('notice', ({ error }) => view.setState({ trouble: { kind: 'notice', error } })),
    shell.onLink((link) => {
      view.setState({ link });
      if (link === 'open') void askForSnapshot(shell, view, now);
    }),
  ];
  return () => ends.forEach((end) => end());
}

async function askForSnapshot(shell: Shell, view: PhoneViewStore, now: Clock): Promise<void> {
  const before = view.getState().snapshot;
  const answer = await shell.phone.request('phone.snapshot', {});
  // A snapshot that came by itself meanwhile is newer.
  if (answer.ok && view.getState().snapshot === before) takeSnapshot(view, answer.value, now());
}

function takeSnapshot(view: PhoneViewStore, snapshot: PhoneSnapshot, now: number): void {
  const before = view.getState();
  const failed =
    before.snapshot === null
      ? undefined
      : snapshot.calls.find((call) => hasJustFailed(call, before.snapshot?.calls ?? []));
  const goesOn = (id: string) => snapshot.calls.some((call) => call.id === id && call.state !== 'ended');
  const anyOpen = snapshot.calls.some((call) => call.state !== 'ended');
  view.setState({
    snapshot,
    target: before.snapshot === null ? snapshot.settings.interface.prefilled_target : before.target,
    trouble: failed === undefined ? before.trouble : callTrouble(failed),
    levels: keep(before.levels, goesOn),
    lines: keep(before.lines, goesOn),
    heldSince: heldSince(snapshot.calls, before.heldSince, now),
    folded: before.folded && anyOpen,
    callPanel: showsTheSame(before, snapshot) ? before.callPanel : null,
  });
}

/** A panel lies over one conversation; over another one it would be taken for that one's. */
function showsTheSame({ snapshot: before, chosenCall }: PhoneView, snapshot: PhoneSnapshot): boolean {
  const shown = shownConversation(snapshot.calls, chosenCall);
  if (shown === undefined) return false;
  const shownBefore = shownConversation(before?.calls ?? [], chosenCall);
  return shownBefore === undefined || shownBefore.id === shown.id;
}

/** When each held call was first seen held. */
function heldSince(
  calls: readonly CallSnapshot[],
  before: Readonly<Record<string, number>>,
  now: number,
): Record<string, number> {
  const held = calls.filter(({ hold, state }) => state !== 'ended' && (hold.local || hold.remote));
  return Object.fromEntries(held.map(({ id }) => [id, before[id] ?? now]));
}

/** True once for each call: when it is seen ended, with an error, for the first time. */
function hasJustFailed(call: CallSnapshot, before: readonly CallSnapshot[]): boolean {
  if (call.end === null || call.end.error === null || call.end.answeredElsewhere) return false;
  return before.find(({ id }) => id === call.id)?.state !== 'ended';
}

function callTrouble({ remote, end }: CallSnapshot): Trouble | null {
  if (end === null || end.error === null) return null;
  return { kind: 'call', who: partyName(remote), target: remote.number || remote.uri, error: end.error };
}

function takeStats(view: PhoneViewStore, { callId, final, stats }: EventData<'stats'>): void {
  if (final) return;
  view.setState(({ lines }) => {
    const minute = [...(lines[callId] ?? []), stats].slice(-lineSeconds);
    return { lines: { ...lines, [callId]: minute } };
  });
}

function keep<T>(record: Readonly<Record<string, T>>, wanted: (id: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([id]) => wanted(id)));
}
