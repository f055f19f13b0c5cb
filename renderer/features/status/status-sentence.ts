/** The one sentence that says what the phone is doing: every step from the microphone to the end of the call. */
import type { PhoneSnapshot } from '../../../contract/snapshot.ts';
import type { SoundState } from '../../audio/sound-state.ts';
import { en } from '../../i18n/en.ts';
import { incomingCall, currentCall } from '../../store/calls.ts';
import { assertNever } from '../../../contract/assert-never.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { holdSentence } from '../call/call-words.ts';
import { partyName } from '../people/party.ts';
import { cutOffWords } from './network-words.ts';
import type { CallSnapshot, RegistrationState } from '../../../contract/snapshot.ts';

export function registrationWord(state: RegistrationState, reason: string): string {
  if (state === 'registered') return en.registration.registered;
  return state === 'failed'
    ? en.registration.failed
    : state === 'off' && reason !== ''
      ? reason
      : en.registration[state];
}

export function callSentence(call: CallSnapshot): string {
  const who = partyName(call.remote);
  switch (call.state) {
    case 'calling':
      return en.status.calling(who);
    case 'ringing':
      return call.direction === 'incoming' ? en.status.incoming(who) : en.status.ringing(who);
    case 'early':
      return en.status.early(who);
    case 'connecting':
      return en.status.connecting;
    case 'connected':
      if (call.recovering) return en.call.restoring;
      return call.transfer?.sentence ?? holdSentence(call) ?? en.status.connected(who);
    case 'ended':
      return call.end?.sentence ?? en.status.ended;
    default:
      return assertNever(call.state);
  }
}

/** `dialling` is what a click has asked for while the microphone is being opened; empty when nothing is. */
export function statusSentence(snapshot: PhoneSnapshot, sound: SoundState, dialling: string): string {
  const call = incomingCall(snapshot.calls) ?? currentCall(snapshot.calls);
  if (call !== undefined) {
    return sound.phase === 'asking' && call.state !== 'ringing' ? en.status.asking : callSentence(call);
  }
  if (sound.phase === 'asking') return en.status.asking;
  if (dialling !== '') {
    return sound.phase === 'open' && sound.microphoneError === null ? en.status.granted : en.status.asking;
  }
  const ended = snapshot.calls.at(-1);
  if (ended !== undefined) return callSentence(ended);
  const account = defaultAccount(snapshot);
  if (account === undefined) return en.registration.none;
  return (
    cutOffWords(snapshot.network, account) ??
    registrationWord(account.registration.state, account.registration.reason)
  );
}
