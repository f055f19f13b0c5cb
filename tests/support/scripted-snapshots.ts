/** Snapshots of the phone that scenes are made of: accounts, people, calls, lamps and texts. */
import { makeError } from '../../contract/errors.ts';
import {
  accountSettings,
  defaultSettings,
  type AccountSettings,
  type Settings,
} from '../../contract/settings.ts';
import type {
  AccountSnapshot,
  CertificateQuestion,
  CallSnapshot,
  HistoryEntry,
  Lamp,
  NetworkState,
  Party,
  PhoneSnapshot,
  PresenceState,
  TextMessage,
  TransferProgress,
} from '../../contract/snapshot.ts';
import { scriptedCall } from './scripted-phone.ts';

export const server = 'pbx.example.com';
export const office: AccountSnapshot = {
  id: 'office',
  label: 'Office',
  kind: 'sip',
  user: '1001',
  displayName: 'Mia Laurent',
  server,
  transport: 'udp',
  registration: {
    state: 'registered',
    status: 200,
    reason: 'Ready',
    error: null,
    since: Date.now() - 60_000,
    retryAt: null,
  },
  hasPassword: true,
  secure: false,
  reachable: { state: 'proven', provenAt: Date.now() - 40_000, sentence: 'You can be called.' },
  mailbox: { waiting: false, new: 0, old: 0 },
  certificate: null,
};
export const practice: AccountSnapshot = {
  ...office,
  id: 'practice',
  label: 'Practice',
  kind: 'practice',
  user: '1000',
  server: '127.0.0.1',
};
const storedOffice: AccountSettings = accountSettings.parse({
  id: 'office',
  label: 'Office',
  kind: 'sip',
  user: '1001',
  display_name: 'Mia Laurent',
  server,
});

const people: readonly [number: string, name: string][] = [
  ['1090', 'Front door'],
  ['1042', 'Anna Keller'],
  ['+493055570142', ''],
  ['1017', 'Andre Okafor'],
  ['*97', 'Voicemail'],
  ['1033', 'Hanna Arslan'],
];
const entry = (index: number, parts: Partial<HistoryEntry>): HistoryEntry => {
  const [number, name] = people[index] ?? ['', ''];
  const startedAt = Date.now() - (index + 1) * 27 * 60_000;
  return {
    id: `past-${index}`,
    accountId: 'office',
    direction: 'incoming',
    remote: { number, name, uri: `sip:${number}@${server}` },
    startedAt,
    answeredAt: startedAt + 4_000,
    endedAt: startedAt + 244_000,
    talkSeconds: 240,
    outcome: 'completed',
    sentence: 'They hung up after 4 min.',
    quality: null,
    recording: '',
    ...parts,
  };
};
const history: HistoryEntry[] = [
  entry(0, { outcome: 'missed', answeredAt: null, talkSeconds: 0, sentence: 'You missed the call.' }),
  entry(1, { direction: 'outgoing' }),
  entry(2, { talkSeconds: 65 }),
  entry(3, { outcome: 'elsewhere', answeredAt: null, talkSeconds: 0 }),
  entry(4, { direction: 'outgoing', talkSeconds: 38, startedAt: Date.now() - 30 * 3_600_000 }),
  entry(5, { direction: 'outgoing', outcome: 'cancelled', answeredAt: null, talkSeconds: 0 }),
];

export const settings: Settings = {
  ...defaultSettings,
  accounts: [storedOffice],
  interface: { ...defaultSettings.interface, first_run_done: true },
};
export const idle: PhoneSnapshot = {
  revision: 1,
  version: '0.1.0',
  accounts: [practice, office],
  calls: [],
  history,
  lamps: [],
  texts: [],
  network: { state: 'online', address: '192.168.1.20', lastChange: null },
  presence: { state: 'available', note: '' },
  settings,
  secretStore: { kind: 'keychain', reason: '' },
  trouble: null,
};
export const practiceOnly: PhoneSnapshot = {
  ...idle,
  accounts: [practice],
  history: [],
  settings: { ...settings, accounts: [] },
};
export const inCall = (parts: Partial<CallSnapshot> = {}): PhoneSnapshot => ({
  ...idle,
  calls: [scriptedCall(parts)],
});
export const incoming = scriptedCall({
  id: 'mia',
  direction: 'incoming',
  state: 'ringing',
  remote: { number: '1031', name: 'Mia Laurent', uri: `sip:1031@${server}` },
});
export const ben: Party = { number: '1055', name: 'Ben Ortiz', uri: `sip:1055@${server}` };
export const andre: Party = { number: '1017', name: 'Andre Okafor', uri: `sip:1017@${server}` };
export const heldHere = { local: true, remote: false, pending: false };
/** Anna has been on hold for 2:14. */
export const heldSince = () => ({ anna: Date.now() - 134_000, third: Date.now() - 47_000 });
/** Anna on hold, and a call with Ben that the given parts change. */
export const twoCalls = (parts: Partial<CallSnapshot> = {}): PhoneSnapshot => ({
  ...idle,
  calls: [
    scriptedCall({ hold: heldHere }),
    scriptedCall({ id: 'ben', remote: ben, answeredAt: Date.now() - 63_000, ...parts }),
  ],
});
export const thirdCall = scriptedCall({ id: 'third', remote: andre, hold: heldHere });
/** Anna and Ben in one conference, each with the given parts. */
export const together = (parts: Partial<CallSnapshot> = {}): PhoneSnapshot => ({
  ...idle,
  calls: [
    scriptedCall({ conferenceId: 'conference-1', ...parts }),
    scriptedCall({ id: 'ben', remote: ben, conferenceId: 'conference-1', ...parts }),
  ],
});
export const transferTo = (state: TransferProgress['state'], sentence: string): TransferProgress => ({
  kind: 'blind',
  to: ben,
  state,
  sentence,
});
export const backOnline = (): NetworkState => ({
  state: 'online',
  address: '192.168.1.20',
  lastChange: { at: Date.now(), tookMs: 1_400, sentence: 'Back after 1.4 s.' },
});
export const speaking = { microphoneDb: -18, speakerDb: -12 };

const lamp = (number: string, label: string, parts: Partial<Lamp> = {}): Lamp => ({
  ...{ accountId: 'office', number, label, state: 'idle', remote: null, canPickUp: false },
  ...{ presence: 'unknown', note: '', reason: '' },
  ...parts,
});
export const caller = { number: '1055', name: 'Ben Ortiz', uri: `sip:1055@${server}` };
const lamps: Lamp[] = [
  lamp('1042', 'Anna Keller', { presence: 'available' }),
  lamp('1017', 'Andre Okafor', { state: 'ringing', remote: caller, canPickUp: true }),
  lamp('1033', 'Hanna Arslan', { state: 'busy', remote: caller }),
  lamp('1090', 'Front door', { state: 'held' }),
  lamp('1061', 'Reception', { presence: 'away', note: 'back at two' }),
  lamp('1099', 'Warehouse', {
    state: 'unknown',
    reason: 'The PBX does not tell about 1099 (404 Not Found).',
  }),
];
export const watching: PhoneSnapshot = {
  ...idle,
  lamps,
  settings: {
    ...settings,
    lamps: lamps.map(({ number, label }) => ({ number, label, account_id: '' })),
  },
};
export const withMail: PhoneSnapshot = {
  ...idle,
  accounts: [practice, { ...office, mailbox: { waiting: true, new: 2, old: 8 } }],
};

export const certificate: CertificateQuestion = {
  server,
  fingerprint: Array.from({ length: 32 }, (_, at) =>
    (at * 37 + 11).toString(16).toUpperCase().padStart(2, '0').slice(-2),
  ).join(':'),
  subject: 'CN=pbx.example.com',
  issuer: 'CN=Example Internal CA, O=Example',
  validFrom: Date.UTC(2026, 0, 4),
  validTo: Date.UTC(2028, 0, 4),
  reason: 'nobody that this computer knows has signed it',
};

const text = (
  index: number,
  remote: Party,
  words: string,
  parts: Partial<TextMessage> = {},
): TextMessage => ({
  id: `text-${index}`,
  accountId: 'office',
  direction: 'incoming',
  remote,
  text: words,
  at: Date.now() - index * 4 * 60_000,
  state: 'received',
  error: null,
  ...parts,
});
const sent = { direction: 'outgoing', state: 'sent' } as const;
const annaKeller: Party = { number: '1042', name: 'Anna Keller', uri: `sip:1042@${server}` };
export const texting: PhoneSnapshot = {
  ...idle,
  texts: [
    text(0, annaKeller, 'Good. I am at the front desk.', { ...sent, state: 'sending' }),
    text(1, annaKeller, 'Can you look at order 4711? The customer waits on the line.', {
      ...sent,
      state: 'failed',
      error: makeError('text.refused', {
        target: 'Anna Keller',
        status: 480,
        reason: 'Temporarily Unavailable',
      }),
    }),
    text(2, ben, 'Lunch at twelve?', { at: Date.now() + 1_000 }),
    text(3, annaKeller, 'In ten minutes, still in a meeting.'),
    text(4, annaKeller, 'Are you in today?', sent),
    text(400, andre, 'The delivery is here.'),
  ],
};

/** Calls to Office all go to 1042. */
export const forwarding: PhoneSnapshot = {
  ...idle,
  settings: {
    ...settings,
    accounts: [{ ...storedOffice, forward: { always: '1042', busy: '', unavailable: '' } }],
  },
};

/** What the person tells others, and an account that publishes it. */
export const publishing = (state: PresenceState, note = ''): PhoneSnapshot => ({
  ...idle,
  presence: { state, note },
  settings: { ...settings, accounts: [{ ...storedOffice, publish_presence: true }] },
});

/** Office beside an extension that is switched off. */
export const twoExtensions: PhoneSnapshot = {
  ...idle,
  accounts: [
    ...idle.accounts,
    {
      ...office,
      id: 'home',
      label: 'Home office',
      user: '2001',
      registration: { ...office.registration, state: 'off', status: 0, reason: '', since: null },
    },
  ],
  settings: {
    ...settings,
    accounts: [
      storedOffice,
      { ...storedOffice, id: 'home', label: 'Home office', user: '2001', enabled: false },
    ],
  },
};
