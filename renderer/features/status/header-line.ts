/** The window's first line as values: how the light stands and what the words beside it say. */
import type { CallSnapshot, PhoneSnapshot, RegistrationState } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import type { LinkState } from '../../shell/shell.ts';
import { currentCall } from '../../store/calls.ts';
import { secrecyOf, type Secrecy } from '../call/secrecy.ts';
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
  /** In a call, while the words speak of encryption; else null. */
  secrecy: Secrecy | null;
  /** What the words mean, where they need it. */
  meaning: string;
}

/** `now`: ms since 1970. */
export function headerLine(snapshot: PhoneSnapshot, link: LinkState, now: number): HeaderLine {
  const { light, lightWords } = lightOf(snapshot, link);
  const person = light === 'registered' ? personWords(snapshot) : null;
  const network = networkWords(snapshot.network, now);
  const secrecy = network === null ? secrecyOf(heard(snapshot)) : null;
  const words = network ?? secrecy?.word ?? person ?? lightWords;
  return {
    light,
    lightWords,
    words,
    forwarded: person !== null && words === forwardWords(snapshot),
    secrecy: secrecy?.secrecy ?? null,
    meaning: secrecy?.meaning ?? '',
  };
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

/** The call that has the loudspeaker, with those in a conference with it. */
function heard({ calls }: PhoneSnapshot): readonly CallSnapshot[] {
  const current = currentCall(calls);
  if (current === undefined) return [];
  if (current.conferenceId === null) return [current];
  return calls.filter(({ conferenceId }) => conferenceId === current.conferenceId);
}
