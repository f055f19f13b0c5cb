/** The states that the window is looked at in: each is a whole snapshot, what sounds, and where the window stands. */
import type { RequestOutput } from '../../contract/phone.ts';
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
  MediaStats,
  NetworkState,
  Party,
  PhoneSnapshot,
  TextMessage,
  TransferProgress,
} from '../../contract/snapshot.ts';
import { scriptedCall } from './scripted-phone.ts';

export interface Scene {
  snapshot: PhoneSnapshot;
  /** What the window itself is doing: a part of its view (place, target, folded, …). */
  view?: Record<string, unknown>;
  levels?: { microphoneDb: number; speakerDb: number };
  /** What trying an account form finds. */
  checked?: RequestOutput<'account.check'>;
  /** A window with two panes. */
  wide?: boolean;
  /** The small window of incoming calls instead of the phone's. */
  small?: boolean;
  /** Accessible names of buttons to press, one after the other, once it stands. */
  press?: readonly string[];
  /** What is typed then, wherever the keyboard is. */
  type?: string;
}

const server = 'pbx.example.com';
const office: AccountSnapshot = {
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
const practice: AccountSnapshot = {
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

const settings: Settings = {
  ...defaultSettings,
  accounts: [storedOffice],
  interface: { ...defaultSettings.interface, first_run_done: true },
};
const idle: PhoneSnapshot = {
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
const practiceOnly: PhoneSnapshot = {
  ...idle,
  accounts: [practice],
  history: [],
  settings: { ...settings, accounts: [] },
};
const inCall = (parts: Partial<CallSnapshot> = {}): PhoneSnapshot => ({
  ...idle,
  calls: [scriptedCall(parts)],
});
const incoming = scriptedCall({
  id: 'mia',
  direction: 'incoming',
  state: 'ringing',
  remote: { number: '1031', name: 'Mia Laurent', uri: `sip:1031@${server}` },
});
const ben: Party = { number: '1055', name: 'Ben Ortiz', uri: `sip:1055@${server}` };
const andre: Party = { number: '1017', name: 'Andre Okafor', uri: `sip:1017@${server}` };
const heldHere = { local: true, remote: false, pending: false };
/** Anna has been on hold for 2:14. */
const heldSince = () => ({ anna: Date.now() - 134_000, third: Date.now() - 47_000 });
/** Anna on hold, and a call with Ben that the given parts change. */
const twoCalls = (parts: Partial<CallSnapshot> = {}): PhoneSnapshot => ({
  ...idle,
  calls: [
    scriptedCall({ hold: heldHere }),
    scriptedCall({ id: 'ben', remote: ben, answeredAt: Date.now() - 63_000, ...parts }),
  ],
});
const thirdCall = scriptedCall({ id: 'third', remote: andre, hold: heldHere });
/** Anna and Ben in one conference, each with the given parts. */
const together = (parts: Partial<CallSnapshot> = {}): PhoneSnapshot => ({
  ...idle,
  calls: [
    scriptedCall({ conferenceId: 'conference-1', ...parts }),
    scriptedCall({ id: 'ben', remote: ben, conferenceId: 'conference-1', ...parts }),
  ],
});
const transferTo = (state: TransferProgress['state'], sentence: string): TransferProgress => ({
  kind: 'blind',
  to: ben,
  state,
  sentence,
});
const backOnline = (): NetworkState => ({
  state: 'online',
  address: '192.168.1.20',
  lastChange: { at: Date.now(), tookMs: 1_400, sentence: 'Back after 1.4 s.' },
});
const speaking = { microphoneDb: -18, speakerDb: -12 };

const lamp = (number: string, label: string, parts: Partial<Lamp> = {}): Lamp => ({
  ...{ accountId: 'office', number, label, state: 'idle', remote: null, canPickUp: false },
  ...{ presence: 'unknown', note: '', reason: '' },
  ...parts,
});
const caller = { number: '1055', name: 'Ben Ortiz', uri: `sip:1055@${server}` };
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
const watching: PhoneSnapshot = {
  ...idle,
  lamps,
  settings: {
    ...settings,
    lamps: lamps.map(({ number, label }) => ({ number, label, account_id: '' })),
  },
};
const withMail: PhoneSnapshot = {
  ...idle,
  accounts: [practice, { ...office, mailbox: { waiting: true, new: 2, old: 8 } }],
};

const certificate: CertificateQuestion = {
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
const texting: PhoneSnapshot = {
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

export const scenes = {
  certificate: {
    snapshot: {
      ...idle,
      accounts: [
        practice,
        {
          ...office,
          transport: 'tls',
          certificate,
          registration: {
            ...office.registration,
            state: 'failed',
            reason: 'The certificate is not trusted.',
          },
        },
      ],
    },
  },
  'account-checked': {
    snapshot: idle,
    view: { place: 'settings' },
    press: ['Change Office'],
    checked: {
      server: { state: 'good', sentence: 'pbx.example.com answers.' },
      transport: { state: 'good', sentence: '' },
      user: { state: 'good', sentence: '1001 exists.' },
      password: { state: 'bad', sentence: 'The password is not the right one.' },
      certificate: null,
    },
  },
  'account-certificate': {
    snapshot: idle,
    view: { place: 'settings' },
    press: ['Change Office'],
    checked: {
      server: { state: 'bad', sentence: 'Its certificate is not trusted.' },
      transport: { state: 'unknown', sentence: '' },
      user: { state: 'unknown', sentence: '' },
      password: { state: 'unknown', sentence: '' },
      certificate,
    },
  },
  texts: { snapshot: texting, view: { place: 'recents', recentsPart: 'texts' } },
  'texts-empty': { snapshot: idle, view: { place: 'recents', recentsPart: 'texts' } },
  'texts-new': { snapshot: texting, view: { place: 'recents', recentsPart: 'texts', thread: 'new' } },
  'texts-thread': {
    snapshot: texting,
    view: {
      place: 'recents',
      recentsPart: 'texts',
      thread: { accountId: 'office', address: '1042' },
    },
    type: 'On my way',
  },
  lamps: { snapshot: watching, view: { place: 'people' } },
  'lamps-edit': { snapshot: watching, view: { place: 'people' }, press: ['Edit'] },
  'voicemail-waiting': { snapshot: withMail, view: { place: 'voicemail' } },
  'voicemail-two-lines': {
    snapshot: {
      ...withMail,
      accounts: [
        ...withMail.accounts,
        { ...office, id: 'home', label: 'Home office', mailbox: { waiting: false, new: 0, old: 0 } },
      ],
    },
    view: { place: 'voicemail' },
  },
  keypad: { snapshot: practiceOnly },
  'keypad-number': { snapshot: idle, view: { target: '1042' } },
  finding: { snapshot: idle, view: { target: 'an' } },
  calling: { snapshot: inCall({ state: 'calling' }) },
  ringing: { snapshot: inCall({ state: 'ringing' }) },
  call: { snapshot: inCall(), levels: speaking },
  'call-without-name': {
    snapshot: inCall({ remote: { number: '*43', name: '', uri: 'sip:*43@127.0.0.1' } }),
    levels: speaking,
  },
  'muted-and-speaking': { snapshot: inCall({ muted: true }), levels: speaking },
  'call-keypad': {
    snapshot: inCall({ digits: '*97#1000' }),
    view: { callPanel: 'keypad' },
    levels: speaking,
  },
  'call-keypad-tones': {
    snapshot: inCall({ digits: '97', dtmfMethod: 'inband' }),
    view: { callPanel: 'keypad' },
  },
  'call-keypad-messages': {
    snapshot: inCall({ digits: '97', dtmfMethod: 'info' }),
    view: { callPanel: 'keypad' },
  },
  'call-keypad-none': { snapshot: inCall({ dtmfMethod: 'none' }), view: { callPanel: 'keypad' } },
  'hold-pending': { snapshot: inCall({ hold: { local: true, remote: false, pending: true } }) },
  'hold-here': { snapshot: inCall({ hold: heldHere }), view: { heldSince: heldSince() } },
  'hold-there': {
    snapshot: inCall({ hold: { local: false, remote: true, pending: false } }),
    levels: speaking,
  },
  'hold-both': { snapshot: inCall({ hold: { local: true, remote: true, pending: false } }) },
  recovering: { snapshot: inCall({ recovering: true }) },
  'network-changing': {
    snapshot: { ...inCall({ recovering: true }), network: { ...idle.network, state: 'changing' } },
  },
  'network-back': { snapshot: { ...inCall(), network: backOnline() }, levels: speaking },
  offline: { snapshot: { ...idle, network: { ...idle.network, state: 'offline', address: '' } } },
  'auto-answered': {
    snapshot: inCall({ direction: 'incoming', autoAnswered: true, referredBy: ben }),
    levels: speaking,
  },
  'transferred-to-us': { snapshot: inCall({ referredBy: ben }), levels: speaking },
  'two-calls': { snapshot: twoCalls(), view: { heldSince: heldSince() }, levels: speaking },
  'two-calls-folded': {
    snapshot: twoCalls(),
    view: { folded: true, place: 'recents', heldSince: heldSince() },
  },
  'two-calls-keypad': {
    snapshot: twoCalls({ digits: '12' }),
    view: { callPanel: 'keypad', heldSince: heldSince() },
  },
  'two-calls-incoming': {
    snapshot: { ...twoCalls(), calls: [...twoCalls().calls, incoming] },
    view: { heldSince: heldSince() },
    levels: speaking,
  },
  'three-calls': {
    snapshot: { ...twoCalls(), calls: [thirdCall, ...twoCalls().calls] },
    view: { heldSince: heldSince() },
    levels: speaking,
  },
  'second-call': { snapshot: inCall(), view: { folded: true, place: 'keypad', target: '1017' } },
  transfer: { snapshot: inCall(), view: { callPanel: 'transfer' } },
  'transfer-two-calls': {
    snapshot: twoCalls(),
    view: { callPanel: 'transfer', heldSince: heldSince() },
  },
  'transfer-found': { snapshot: inCall(), view: { callPanel: 'transfer' }, type: 'an' },
  'transfer-ringing': { snapshot: inCall({ transfer: transferTo('ringing', 'Ringing at Ben Ortiz…') }) },
  'transfer-refused': {
    snapshot: inCall({ transfer: transferTo('refused', 'Ben Ortiz is busy; you are still connected.') }),
    levels: speaking,
  },
  'consultation-calling': {
    snapshot: twoCalls({ state: 'ringing', consultationFor: 'anna' }),
    view: { heldSince: heldSince() },
  },
  consultation: {
    snapshot: twoCalls({ consultationFor: 'anna' }),
    view: { heldSince: heldSince() },
    levels: speaking,
  },
  conference: { snapshot: together(), levels: speaking },
  'conference-and-a-call': {
    snapshot: { ...together(), calls: [thirdCall, ...together().calls] },
    view: { heldSince: heldSince() },
    levels: speaking,
  },
  'conference-held': { snapshot: together({ hold: heldHere }), view: { heldSince: heldSince() } },
  moved: { snapshot: inCall({ state: 'calling', redirect: [ben, andre] }) },
  'do-not-disturb': {
    snapshot: { ...idle, settings: { ...settings, calls: { ...settings.calls, do_not_disturb: true } } },
  },
  'call-folded': { snapshot: inCall(), view: { folded: true, place: 'recents' }, levels: speaking },
  ended: {
    snapshot: inCall({
      state: 'ended',
      end: {
        at: Date.now(),
        by: 'here',
        status: 200,
        reason: 'OK',
        sentence: 'You hung up after 4 min.',
        error: null,
        answeredElsewhere: false,
      },
    }),
  },
  incoming: { snapshot: { ...idle, calls: [incoming] } },
  'incoming-forwarded': { snapshot: { ...idle, calls: [{ ...incoming, referredBy: ben }] } },
  'incoming-elsewhere': { snapshot: { ...idle, calls: [incoming] }, press: ['Send elsewhere'] },
  'incoming-two': {
    snapshot: { ...idle, calls: [incoming, { ...incoming, id: 'ben', remote: caller }] },
  },
  'incoming-in-a-call': { snapshot: { ...idle, calls: [scriptedCall(), incoming] }, levels: speaking },
  'incoming-window': { snapshot: { ...idle, calls: [incoming] }, small: true },
  'incoming-window-in-a-call': {
    snapshot: { ...idle, calls: [scriptedCall(), { ...incoming, referredBy: ben }] },
    small: true,
  },
  recents: { snapshot: idle, view: { place: 'recents' } },
  'recents-missed': { snapshot: idle, view: { place: 'recents' }, press: ['Missed'] },
  'recents-empty': { snapshot: practiceOnly, view: { place: 'recents' } },
  people: { snapshot: idle, view: { place: 'people' } },
  voicemail: { snapshot: practiceOnly, view: { place: 'voicemail' } },
  settings: { snapshot: idle, view: { place: 'settings' } },
  'settings-extension': { snapshot: idle, view: { place: 'settings' }, press: ['Change Office'] },
  'first-run': {
    snapshot: {
      ...practiceOnly,
      settings: { ...settings, interface: { ...settings.interface, first_run_done: false } },
    },
  },
  'first-run-connect': {
    snapshot: {
      ...practiceOnly,
      settings: { ...settings, interface: { ...settings.interface, first_run_done: false } },
    },
    press: ['Connect my extension', 'Connect'],
  },
  'trouble-registration': {
    snapshot: {
      ...idle,
      accounts: [
        {
          ...office,
          registration: {
            ...office.registration,
            state: 'failed',
            status: 0,
            error: makeError('server.unreachable', { server }),
            retryAt: Date.now() + 30_000,
          },
        },
      ],
    },
  },
  'trouble-call': {
    snapshot: idle,
    view: {
      trouble: {
        kind: 'call',
        who: 'Anna Keller',
        target: '1042',
        error: makeError('call.busy', { target: 'Anna Keller' }),
      },
    },
  },
  'trouble-microphone': {
    snapshot: idle,
    view: {
      trouble: {
        kind: 'microphone',
        who: 'Anna Keller',
        target: '1042',
        error: makeError('microphone.missing'),
      },
    },
  },
  'wide-call': { snapshot: inCall(), levels: speaking, view: { place: 'recents' }, wide: true },
  'wide-two-calls': {
    snapshot: twoCalls(),
    levels: speaking,
    view: { heldSince: heldSince() },
    wide: true,
  },
  'wide-transfer': { snapshot: inCall(), view: { callPanel: 'transfer' }, wide: true },
  'wide-conference': { snapshot: together(), levels: speaking, wide: true },
  'wide-incoming': {
    snapshot: { ...idle, calls: [scriptedCall(), incoming] },
    levels: speaking,
    wide: true,
  },
  'wide-idle': { snapshot: idle, wide: true },
} satisfies Record<string, Scene>;

export type SceneName = keyof typeof scenes;

/** The engine's counters after the given second of a good line with one bad moment. */
export function scriptedStats(second: number): MediaStats {
  const lost = second > 25 ? 4 : 0;
  return {
    sent: second * 50,
    received: second * 50 - lost,
    lost,
    late: 0,
    concealedMs: lost * 20,
    jitterMs: 2 + (second % 5),
    rttMs: 24,
    bufferMs: 40,
    codec: 'PCMU',
  };
}
