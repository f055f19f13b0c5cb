/** What a person can do with calls. The engine decides what becomes of the others: a call that is answered or resumed holds them. */
import type { PhoneError } from '../../contract/errors.ts';
import type { Answer, PhoneClient } from '../../contract/phone.ts';
import type { QualityPoint } from '../../contract/snapshot.ts';
import type { PhoneSound } from './phone-sound.ts';
import type { PhoneViewStore } from './phone-view.ts';

export interface CallActions {
  /**
   * Calls a target, from the given account or the one last chosen on the keypad; `who` is how the window names it meanwhile.
   * The call that goes on is held.
   */
  dial(target: string, who: string, withoutMicrophone?: boolean, accountId?: string): Promise<void>;
  /** Answers; the call that goes on is held. */
  answer(callId: string): Promise<void>;
  reject(callId: string): Promise<void>;
  /** Sends a ringing call elsewhere. */
  deflect(callId: string, target: string): Promise<void>;
  hangUp(...callIds: string[]): Promise<void>;
  mute(muted: boolean, ...callIds: string[]): Promise<void>;
  /** Holds a call, with everybody who is in a conference with it. */
  hold(callId: string): Promise<void>;
  /** Takes a call off hold, with everybody who is in a conference with it. */
  resume(callId: string): Promise<void>;
  merge(...callIds: string[]): Promise<void>;
  /** Takes a call out of its conference, on hold. */
  split(callId: string): Promise<void>;
  digits(callId: string, digits: string): Promise<void>;
  /** The call's quality over time, oldest first; nothing where the phone does not know it. */
  qualityOf(callId: string): Promise<readonly QualityPoint[]>;
  /** Begins or ends the recording of a call. */
  record(callId: string, on: boolean): Promise<void>;
  transfer(callId: string, target: string): Promise<void>;
  /** Talk first: holds the call and calls the target. */
  consult(callId: string, target: string): Promise<void>;
  completeTransfer(callId: string, toCallId: string): Promise<void>;
  /** Ends the consultation and takes the first call off hold. */
  backFromConsultation(callId: string, firstCallId: string): Promise<void>;
  /** Takes the call that rings at a watched extension. */
  pickUp(number: string, accountId: string): Promise<void>;
  /** Calls one of the addresses that a moved person named. */
  redirect(callId: string, target: string): Promise<void>;
  /** Shows this call. */
  choose(callId: string): void;
}

/** How long a started call may take to show in a snapshot. */
const callShowsMs = 2_000;

/** `ask` waits for the answer and shows a refusal. */
export function callActions(
  phone: PhoneClient,
  view: PhoneViewStore,
  sound: PhoneSound,
  ask: (request: Promise<Answer<unknown>>) => Promise<void>,
): CallActions {
  const all = async (callIds: string[], request: (callId: string) => Promise<Answer<unknown>>) => {
    await Promise.all(callIds.map((callId) => ask(request(callId))));
  };
  const microphoneTrouble = (error: PhoneError | null) => {
    if (error !== null) view.setState({ trouble: { kind: 'microphone', who: '', target: null, error } });
  };
  const startCall = async (target: string, who: string, chosen: string | undefined) => {
    const { callFrom, snapshot } = view.getState();
    const accountId = chosen ?? callFrom;
    const known = snapshot?.accounts.some(({ id }) => id === accountId) === true;
    const answer = await phone.request('call.start', { target, ...(known ? { accountId } : {}) });
    if (answer.ok) await callShows(view, answer.value.callId);
    else view.setState({ trouble: { kind: 'call', who, target, error: answer.error } });
  };

  return {
    dial: async (target, who, withoutMicrophone = false, accountId = undefined) => {
      if (view.getState().dialling !== '') return;
      view.setState({ dialling: who, trouble: null, folded: false, callPanel: null, chosenCall: null });
      const error = await sound.open();
      if (error === null || withoutMicrophone) await startCall(target, who, accountId);
      else view.setState({ trouble: { kind: 'microphone', who, target, error } });
      view.setState({ dialling: '' });
    },
    answer: async (callId) => {
      view.setState({ folded: false, callPanel: null, escapeArmedFor: null, chosenCall: callId });
      void sound.open().then(microphoneTrouble);
      await ask(phone.request('call.answer', { callId }));
    },
    reject: (callId) => ask(phone.request('call.reject', { callId, reason: 'declined' })),
    deflect: (callId, target) => ask(phone.request('call.deflect', { callId, target })),
    hangUp: (...callIds) => all(callIds, (callId) => phone.request('call.hangup', { callId })),
    mute: (muted, ...callIds) => all(callIds, (callId) => phone.request('call.mute', { callId, muted })),
    hold: (callId) => ask(phone.request('call.hold', { callId })),
    resume: (callId) => {
      view.setState({ chosenCall: callId, callPanel: null });
      return ask(phone.request('call.resume', { callId }));
    },
    merge: (...callIds) => ask(phone.request('call.merge', { callIds })),
    split: (callId) => ask(phone.request('call.split', { callId })),
    digits: (callId, digits) => ask(phone.request('call.digits', { callId, digits })),
    qualityOf: async (callId) => {
      const answer = await phone.request('call.quality', { callId });
      return answer.ok ? answer.value.points : [];
    },
    record: (callId, on) => ask(phone.request('call.record', { callId, on })),
    transfer: async (callId, target) => {
      view.setState({ callPanel: null });
      await ask(phone.request('call.transfer', { callId, target }));
    },
    consult: async (callId, target) => {
      view.setState({ callPanel: null, chosenCall: null });
      await ask(phone.request('call.consult', { callId, target }));
    },
    completeTransfer: async (callId, toCallId) => {
      view.setState({ callPanel: null });
      await ask(phone.request('call.complete-transfer', { callId, toCallId }));
    },
    backFromConsultation: async (callId, firstCallId) => {
      await ask(phone.request('call.hangup', { callId }));
      view.setState({ chosenCall: firstCallId });
      await ask(phone.request('call.resume', { callId: firstCallId }));
    },
    pickUp: async (number, accountId) => {
      view.setState({ folded: false, callPanel: null, chosenCall: null });
      void sound.open().then(microphoneTrouble);
      await ask(phone.request('lamp.pick-up', { number, accountId }));
    },
    redirect: (callId, target) => ask(phone.request('call.redirect', { callId, target })),
    choose: (callId) => view.setState({ chosenCall: callId, callPanel: null }),
  };
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
