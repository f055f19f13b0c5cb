/** What a person can do. Each action asks the phone and shows a refusal as trouble; the outcome comes with the next snapshot. */
import type { PhoneError } from '../../contract/errors.ts';
import type { Answer, PhoneClient, RequestInput } from '../../contract/phone.ts';
import type { SettingsPatch } from '../../contract/settings.ts';
import type { Shell } from '../shell/shell.ts';
import { activeCalls } from './calls.ts';
import type { PhoneSound } from './phone-sound.ts';
import type { Place, PhoneViewStore } from './phone-view.ts';

export interface PhoneActions {
  /** Calls a target; `who` is how the window names it meanwhile. */
  dial(target: string, who: string, withoutMicrophone?: boolean): Promise<void>;
  /** Ends the other calls first: there is no hold yet. */
  answer(callId: string): Promise<void>;
  reject(callId: string): Promise<void>;
  hangUp(callId: string): Promise<void>;
  mute(callId: string, muted: boolean): Promise<void>;
  digits(callId: string, digits: string): Promise<void>;
  change(patch: SettingsPatch): Promise<void>;
  register(accountId: string): Promise<void>;
  unregister(accountId: string): Promise<void>;
  /** These two answer with the error, for the form that asked. */
  addAccount(input: RequestInput<'account.add'>): Promise<PhoneError | null>;
  changeAccount(input: RequestInput<'account.change'>): Promise<PhoneError | null>;
  removeAccount(accountId: string): Promise<void>;
  clearHistory(): Promise<void>;
  retryMicrophone(): Promise<void>;
  takeSoundOver(): void;
  dismissTrouble(): void;
  go(place: Place): void;
}

/** How long a started call may take to show in a snapshot. */
const callShowsMs = 2_000;

export function phoneActions(shell: Shell, view: PhoneViewStore, sound: PhoneSound): PhoneActions {
  const { phone } = shell;
  const refuse = (error: PhoneError) => {
    // A call that has just ended needs no word.
    if (error.code !== 'call.not-found') view.setState({ trouble: { kind: 'refused', error } });
  };
  const ask = async (request: Promise<Answer<unknown>>) => {
    const answer = await request;
    if (!answer.ok) refuse(answer.error);
  };
  const errorOf = async (request: Promise<Answer<unknown>>) => {
    const answer = await request;
    return answer.ok ? null : answer.error;
  };
  const startCall = async (target: string, who: string) => {
    const answer = await phone.request('call.start', { target });
    if (answer.ok) await callShows(view, answer.value.callId);
    else view.setState({ trouble: { kind: 'call', who, target, error: answer.error } });
  };

  return {
    dial: async (target, who, withoutMicrophone = false) => {
      if (view.getState().dialling !== '') return;
      view.setState({ dialling: who, trouble: null, folded: false, callKeypad: false });
      const error = await sound.open();
      if (error === null || withoutMicrophone) await startCall(target, who);
      else view.setState({ trouble: { kind: 'microphone', who, target, error } });
      view.setState({ dialling: '' });
    },
    answer: async (callId) => {
      view.setState({ folded: false, callKeypad: false, escapeArmedFor: null });
      await endOthers(phone, view);
      void sound.open().then((error) => {
        if (error !== null) view.setState({ trouble: { kind: 'microphone', who: '', target: null, error } });
      });
      await ask(phone.request('call.answer', { callId }));
    },
    reject: (callId) => ask(phone.request('call.reject', { callId, reason: 'declined' })),
    hangUp: (callId) => ask(phone.request('call.hangup', { callId })),
    mute: (callId, muted) => ask(phone.request('call.mute', { callId, muted })),
    digits: (callId, digits) => ask(phone.request('call.digits', { callId, digits })),
    change: (patch) => ask(phone.request('settings.change', { patch })),
    register: (accountId) => ask(phone.request('account.register', { accountId })),
    unregister: (accountId) => ask(phone.request('account.unregister', { accountId })),
    addAccount: (input) => errorOf(phone.request('account.add', input)),
    changeAccount: (input) => errorOf(phone.request('account.change', input)),
    removeAccount: (accountId) => ask(phone.request('account.remove', { accountId })),
    clearHistory: () => ask(phone.request('history.clear', {})),
    retryMicrophone: async () => {
      view.setState({ trouble: null });
      const error = await sound.retryMicrophone();
      if (error !== null) view.setState({ trouble: { kind: 'microphone', who: '', target: null, error } });
    },
    takeSoundOver: () => sound.takeOver(),
    dismissTrouble: () => view.setState({ trouble: null }),
    go: (place) =>
      view.setState((before) => ({
        place,
        recentsSeenAt: place === 'recents' || before.place === 'recents' ? Date.now() : before.recentsSeenAt,
      })),
  };
}

async function endOthers(phone: PhoneClient, view: PhoneViewStore): Promise<void> {
  const others = activeCalls(view.getState().snapshot?.calls ?? []);
  await Promise.all(others.map(({ id }) => phone.request('call.hangup', { callId: id })));
}

/** Waits until the call stands in a snapshot, so that the sound stays open in between. */
function callShows(view: PhoneViewStore, callId: string): Promise<void> {
  const shows = () => view.getState().snapshot?.calls.some(({ id }) => id === callId) === true;
  if (shows()) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, callShowsMs);
    const stop = view.subscribe(() => {
      if (shows()) done();
    });
  });
}
