/** The window's first line as values: how the light stands and what the words beside it say. */
import type { PhoneSnapshot, RegistrationState } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import type { LinkState } from '../../shell/shell.ts';
import { currentCall } from '../../store/calls.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { cutOffWords, networkWords } from './network-words.ts';
import { forwardWords, personWords } from './person-words.ts';
import { registrationWord } from './status-sentence.ts';

export interface HeaderLine {
  light: RegistrationState;
  /** What the light means. */
  lightWords: string;
  /**
   * The network while it changes, in a call whether the sound is encrypted, else what the person should be reminded of, else
   * whether the extension can be reached.
   */
  words: string;
  /** The words say that calls go elsewhere. */
  forwarded: boolean;
}

/** `now`: ms since 1970. */
export function headerLine(snapshot: PhoneSnapshot, link: LinkState, now: number): HeaderLine {
  const { light, lightWords } = lightOf(snapshot, link);
  const person = light === 'registered' ? personWords(snapshot) : null;
  const words = networkWords(snapshot.network, now) ?? callWords(snapshot) ?? person ?? lightWords;
  return { light, lightWords, words, forwarded: person !== null && words === forwardWords(snapshot) };
}

/** A registration counts only as far as the window reaches the phone, and the phone a network. */
function lightOf(snapshot: PhoneSnapshot, link: LinkState): Pick<HeaderLine, 'light' | 'lightWords'> {
  if (link !== 'open') return { light: 'registering', lightWords: en.link.connecting };
  const account = defaultAccount(snapshot);
  if (account === undefined) return { light: 'off', lightWords: en.registration.none };
  const cutOff = cutOffWords(snapshot.network, account);
  if (cutOff !== null)
    return { light: snapshot.network.state === 'offline' ? 'off' : 'registering', lightWords: cutOff };
  const { state, reason } = account.registration;
  return { light: state, lightWords: registrationWord(state, reason) };
}

function callWords({ calls }: PhoneSnapshot): string | null {
  const audio = currentCall(calls)?.media.find(({ kind }) => kind === 'audio');
  if (audio === undefined) return null;
  return audio.secure ? en.call.secure : en.call.plain;
}
