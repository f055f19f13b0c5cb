/** What the window shows: the phone's own word (snapshot, levels, line) beside what belongs to this window alone (place, field). */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PhoneError } from '../../contract/errors.ts';
import type { EventData } from '../../contract/phone.ts';
import type { MediaStats, PhoneSnapshot } from '../../contract/snapshot.ts';
import { noDevices, type SoundDevices } from '../audio/devices.ts';
import type { SoundState } from '../audio/sound-state.ts';
import type { TextsRead, ThreadKey } from '../features/texts/text-threads.ts';
import type { LinkState } from '../shell/shell.ts';

export type Place = 'keypad' | 'recents' | 'people' | 'voicemail' | 'settings';

export type RecentsPart = 'all' | 'missed' | 'texts';

/** `keypad` sends keys; `transfer` asks to whom. */
export type CallPanel = 'keypad' | 'transfer';

/** Something that went wrong and was told once; it stays until it is closed, tried again or overtaken. */
export type Trouble =
  | { kind: 'call'; who: string; target: string; error: PhoneError }
  | { kind: 'microphone'; who: string; target: string | null; error: PhoneError }
  | { kind: 'refused'; error: PhoneError }
  | { kind: 'notice'; error: PhoneError };

export type Levels = Omit<EventData<'levels'>, 'callId'>;

export interface PhoneView {
  link: LinkState;
  snapshot: PhoneSnapshot | null;
  sound: SoundState;
  devices: SoundDevices;
  /** Another page has the sound. */
  soundTaken: boolean;
  /** By call id. */
  levels: Readonly<Record<string, Levels>>;
  /** By call id: the engine's readings of the last minute, one a second, oldest first. */
  lines: Readonly<Record<string, readonly MediaStats[]>>;
  trouble: Trouble | null;
  /** Whom a click has asked to call while the microphone is opened and the engine has not shown the call yet; else empty. */
  dialling: string;
  place: Place;
  /** What stands in the number field. */
  target: string;
  /** One is in a call and looks elsewhere. */
  folded: boolean;
  /** The call that the person chose to see; null leaves it to the calls themselves. It may have ended meanwhile. */
  chosenCall: string | null;
  /** What lies over the shown call. */
  callPanel: CallPanel | null;
  /** By call id: when this window first saw the call on hold (ms since 1970). */
  heldSince: Readonly<Record<string, number>>;
  /** The account that was last chosen to call from; empty means the usual one. */
  callFrom: string;
  /** Escape was pressed once for this call; pressing it again hangs up or rejects. */
  escapeArmedFor: string | null;
  /** Missed calls that ended later than this are new. */
  recentsSeenAt: number;
  /** Fingerprint of the certificate whose question was put off; empty for none. */
  certificatePutOff: string;
  recentsPart: RecentsPart;
  /** Whose texts are open: `new` while a first one is being written, null for the list of all. */
  thread: ThreadKey | 'new' | null;
  textsRead: TextsRead;
  /** The first-run sheet was asked for from the settings. */
  firstRunAgain: boolean;
}

export type PhoneViewStore = StoreApi<PhoneView>;

export const silence: Levels = { microphoneDb: -127, speakerDb: -127, speaking: false, clipping: false };

export function createPhoneView(initial: Partial<PhoneView> = {}): PhoneViewStore {
  return createStore<PhoneView>(() => ({
    link: 'connecting',
    snapshot: null,
    sound: { phase: 'closed' },
    devices: noDevices,
    soundTaken: false,
    levels: {},
    lines: {},
    trouble: null,
    dialling: '',
    place: 'keypad',
    target: '',
    folded: false,
    chosenCall: null,
    callPanel: null,
    heldSince: {},
    callFrom: '',
    escapeArmedFor: null,
    recentsSeenAt: 0,
    certificatePutOff: '',
    recentsPart: 'all',
    thread: null,
    textsRead: { since: 0, threads: {} },
    firstRunAgain: false,
    ...initial,
  }));
}
