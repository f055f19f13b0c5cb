/** What a person can do. Each action asks the phone and shows a refusal as trouble; the outcome comes with the next snapshot. */
import type { ErrorCode, PhoneError } from '../../contract/errors.ts';
import type { Answer, RequestInput, RequestOutput } from '../../contract/phone.ts';
import type { SettingsPatch } from '../../contract/settings.ts';
import type { PresenceState } from '../../contract/snapshot.ts';
import { threadName, type ThreadKey } from '../features/texts/text-threads.ts';
import type { Shell } from '../shell/shell.ts';
import { callActions, type CallActions } from './call-actions.ts';
import type { PhoneSound } from './phone-sound.ts';
import type { Place, PhoneViewStore } from './phone-view.ts';

export interface PhoneActions extends CallActions {
  change(patch: SettingsPatch): Promise<void>;
  register(accountId: string): Promise<void>;
  unregister(accountId: string): Promise<void>;
  /** These two answer with the error, for the form that asked. */
  addAccount(input: RequestInput<'account.add'>): Promise<PhoneError | null>;
  changeAccount(input: RequestInput<'account.change'>): Promise<PhoneError | null>;
  /** Switches an account on or off; it stays in the list. */
  switchAccount(accountId: string, enabled: boolean): Promise<void>;
  removeAccount(accountId: string): Promise<void>;
  /** Tries what a form says; null when it could not be tried. */
  checkAccount(input: RequestInput<'account.check'>): Promise<RequestOutput<'account.check'> | null>;
  /** Trusts the certificate that the account's snapshot asks about. */
  trust(accountId: string, fingerprint: string): Promise<void>;
  /** Finds out now whether the PBX reaches this phone. */
  prove(accountId: string): Promise<void>;
  /** Tries what sound needs of network and system; null when it could not be tried. */
  checkSound(): Promise<RequestOutput<'diagnostics.sound'>['checks'] | null>;
  /** Keeps the credential of a TURN server by its place in the settings' list; an empty one is forgotten. */
  changeTurnCredential(index: number, credential: string): Promise<void>;
  /** Answers with the PBX's refusal, for the line that asked. An empty `to` ends the forwarding. */
  forward(
    accountId: string,
    when: RequestInput<'account.forward'>['when'],
    to: string,
  ): Promise<PhoneError | null>;
  /** Tells others whether this person is there. */
  tellPresence(state: PresenceState, note: string): Promise<void>;
  clearHistory(): Promise<void>;
  /** Resolves to false when the phone refuses to send; whether it arrives is in the snapshot. */
  sendText(to: ThreadKey, text: string): Promise<boolean>;
  /** Shows the texts with somebody, or asks to whom with null. */
  openThread(key: ThreadKey | null): void;
  /** Everything in this thread has been read. */
  readThread(key: ThreadKey): void;
  closeThread(): void;
  retryMicrophone(): Promise<void>;
  takeSoundOver(): void;
  dismissTrouble(): void;
  go(place: Place): void;
}

/** A call that has just ended needs no word; a refused transfer stands in its call, with what can be done. */
const toldElsewhere: ReadonlySet<ErrorCode> = new Set([
  'call.not-found',
  'call.transfer-refused',
  'call.transfer-unsupported',
]);

export function phoneActions(shell: Shell, view: PhoneViewStore, sound: PhoneSound): PhoneActions {
  const { phone } = shell;
  const refuse = (error: PhoneError) => {
    if (!toldElsewhere.has(error.code)) view.setState({ trouble: { kind: 'refused', error } });
  };
  const ask = async (request: Promise<Answer<unknown>>) => {
    const answer = await request;
    if (!answer.ok) refuse(answer.error);
  };
  const errorOf = async (request: Promise<Answer<unknown>>) => {
    const answer = await request;
    return answer.ok ? null : answer.error;
  };

  const go = (place: Place) =>
    view.setState((before) => ({
      place,
      recentsSeenAt: place === 'recents' || before.place === 'recents' ? Date.now() : before.recentsSeenAt,
    }));

  return {
    ...callActions(phone, view, sound, ask),
    change: (patch) => ask(phone.request('settings.change', { patch })),
    register: (accountId) => ask(phone.request('account.register', { accountId })),
    unregister: (accountId) => ask(phone.request('account.unregister', { accountId })),
    addAccount: (input) => errorOf(phone.request('account.add', input)),
    changeAccount: (input) => errorOf(phone.request('account.change', input)),
    switchAccount: (accountId, enabled) =>
      ask(phone.request('account.change', { accountId, account: { enabled } })),
    removeAccount: (accountId) => ask(phone.request('account.remove', { accountId })),
    checkAccount: async (input) => {
      const answer = await phone.request('account.check', input);
      return answer.ok ? answer.value : null;
    },
    trust: (accountId, fingerprint) => ask(phone.request('account.trust', { accountId, fingerprint })),
    prove: (accountId) => ask(phone.request('account.prove', { accountId })),
    checkSound: async () => {
      const answer = await phone.request('diagnostics.sound', {});
      if (answer.ok) return answer.value.checks;
      refuse(answer.error);
      return null;
    },
    changeTurnCredential: (index, credential) => ask(phone.request('turn.credential', { index, credential })),
    forward: (accountId, when, to) => errorOf(phone.request('account.forward', { accountId, when, to })),
    tellPresence: (state, note) => ask(phone.request('presence.set', { state, note })),
    clearHistory: () => ask(phone.request('history.clear', {})),
    sendText: async ({ accountId, address }, text) => {
      const account = accountId === '' ? {} : { accountId };
      const error = await errorOf(phone.request('text.send', { target: address, text, ...account }));
      if (error !== null) refuse(error);
      return error === null;
    },
    openThread: (key) => {
      go('recents');
      const thread = key === null ? 'new' : { accountId: key.accountId, address: key.address };
      view.setState({ recentsPart: 'texts', thread });
    },
    readThread: (key) =>
      view.setState(({ textsRead: { since, threads } }) => ({
        textsRead: { since, threads: { ...threads, [threadName(key)]: Date.now() } },
      })),
    closeThread: () => view.setState({ thread: null }),
    retryMicrophone: async () => {
      view.setState({ trouble: null });
      const error = await sound.retryMicrophone();
      if (error !== null) view.setState({ trouble: { kind: 'microphone', who: '', target: null, error } });
    },
    takeSoundOver: () => sound.takeOver(),
    dismissTrouble: () => view.setState({ trouble: null }),
    go,
  };
}
