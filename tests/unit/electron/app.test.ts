import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../contract/settings.ts';
import type { AccountSnapshot, HistoryEntry, PhoneSnapshot } from '../../../contract/snapshot.ts';
import { findDialLink, parseDialLink } from '../../../electron/app/dial-link.ts';
import { createDialRequests } from '../../../electron/app/dial-requests.ts';
import { restartDelay } from '../../../electron/app/restart-delay.ts';
import { isAnswered, ringingCalls, wantsIncomingWindow } from '../../../electron/app/ringing-calls.ts';
import { trayWords } from '../../../electron/app/tray-words.ts';
import { setupWaking } from '../../../electron/app/waking.ts';

describe('a link that the system hands over', () => {
  it.each([
    ['tel:+49-30-123456', '+4930123456'],
    ['tel:(030)%20123%20456;phone-context=+49', '030123456'],
    ['TEL://1001', '1001'],
    ['callto:*97', '*97'],
    ['sip:anna@example.com', 'sip:anna@example.com'],
    ['sips:anna@example.com;transport=tls', 'sips:anna@example.com;transport=tls'],
    ['sip:1001@[::1]:5060', 'sip:1001@[::1]:5060'],
    ['tel:', null],
    ['tel:drop table', null],
    ['sip:a b@c', null],
    ['sip:<script>', null],
    ['tel:%E0%A4%A', null],
    ['https://example.com', null],
    [`tel:${'1'.repeat(600)}`, null],
  ])('%s', (link, expected) => expect(parseDialLink(link)).toBe(expected));

  it('is found among the arguments', () => {
    expect(findDialLink(['/opt/Sidetone/sidetone', '--hidden', 'tel:1001', 'tel:1002'])).toBe('1001');
    expect(findDialLink(['/opt/Sidetone/sidetone', '--tel:1001'])).toBeNull();
  });

  it('waits until the page can take it, and then is not repeated', () => {
    const dialled: string[] = [];
    const requests = createDialRequests((target) => dialled.push(target));
    requests.add('1');
    requests.add('2');
    expect(dialled).toEqual([]);
    requests.ready();
    requests.add('3');
    requests.ready();
    expect(dialled).toEqual(['2', '3']);
  });
});

it('waits longer after each death, and starts anew after a good life', () => {
  let failures = 0;
  const delays: number[] = [];
  for (let death = 0; death < 9; death++) {
    const next = restartDelay(failures, 1_000);
    failures = next.failures;
    delays.push(next.delayMs);
  }
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(restartDelay(9, 60_000)).toEqual({ delayMs: 250, failures: 1 });
});

function account(
  label: string,
  kind: 'practice' | 'sip',
  state: AccountSnapshot['registration']['state'],
): AccountSnapshot {
  const registration = {
    state,
    status: 0,
    reason: 'The server does not answer.',
    error: null,
    since: null,
    retryAt: null,
  };
  const user = { id: label, label, kind, user: '101', displayName: '', server: 's', transport: 'udp' };
  const reachable = { state: 'unknown', provenAt: null, sentence: '' } as const;
  const line = { secure: false, reachable, mailbox: null, certificate: null };
  return { ...user, ...line, registration, hasPassword: true };
}

function missed(endedAt: number): HistoryEntry {
  const remote = { number: '1', name: '', uri: 'sip:1@s' };
  const times = { startedAt: endedAt, answeredAt: null, endedAt, talkSeconds: 0 };
  return {
    id: `m${endedAt}`,
    accountId: 'a',
    direction: 'incoming',
    remote,
    ...times,
    outcome: 'missed',
    sentence: '',
    quality: null,
    recording: '',
  };
}

function snapshot(changes: Partial<PhoneSnapshot>): PhoneSnapshot {
  const secretStore = { kind: 'session', reason: '' } as const;
  const rest = {
    settings: defaultSettings,
    network: { state: 'online', address: '', lastChange: null },
    presence: { state: 'available', note: '' },
    secretStore,
    trouble: null,
  } as const;
  return {
    revision: 1,
    version: '0',
    ...rest,
    accounts: [],
    calls: [],
    history: [],
    lamps: [],
    texts: [],
    ...changes,
  };
}

describe('the tray', () => {
  it('says that the phone starts', () => {
    expect(trayWords(null, 0)).toMatchObject({ icon: 'trouble', tooltip: 'Sidetone: starting' });
  });

  it('shows the practice line only while it is alone', () => {
    const practice = account('Practice', 'practice', 'registered');
    expect(trayWords(snapshot({ accounts: [practice] }), 0)).toMatchObject({
      icon: 'ready',
      accounts: ['Practice: ready'],
    });
    const office = account('Office', 'sip', 'failed');
    expect(trayWords(snapshot({ accounts: [practice, office] }), 0)).toMatchObject({
      icon: 'trouble',
      accounts: ['Office: The server does not answer.'],
    });
  });

  it('counts missed calls since the person looked', () => {
    const phone = snapshot({
      accounts: [account('Office', 'sip', 'registered')],
      history: [missed(30), missed(20), missed(10)],
    });
    expect(trayWords(phone, 0)).toMatchObject({ icon: 'missed', missed: '3 missed calls' });
    expect(trayWords(phone, 20)).toMatchObject({ icon: 'missed', missed: '1 missed call' });
    expect(trayWords(phone, 30)).toMatchObject({ icon: 'ready', missed: null });
    expect(trayWords(phone, 20).tooltip).toBe('Sidetone\n1 missed call\nOffice: ready');
  });
});

it('finds calls that begin to ring, once', () => {
  const call = { id: 'a', direction: 'incoming', state: 'ringing' } as PhoneSnapshot['calls'][number];
  const phone = snapshot({
    calls: [call, { ...call, id: 'b', direction: 'outgoing' }, { ...call, id: 'c', state: 'connected' }],
  });
  expect(ringingCalls(phone).map(({ id }) => id)).toEqual(['a']);
  expect(isAnswered(phone, new Set(['a']))).toBe(false);
  expect(isAnswered(phone, new Set(['a', 'c']))).toBe(true);
});

it.each([
  ['something rings', ['a'], false, [], true],
  ['nothing rings', [], false, [], false],
  ["the phone's own window is looked at", ['a'], true, [], false],
  ['the person has waved the call away', ['a'], false, ['a'], false],
  ['another call rings after one was waved away', ['a', 'b'], false, ['a'], true],
])('the small window when %s', (_when, ringing, phoneFocused, waved, wanted) => {
  expect(wantsIncomingWindow(ringing, { phoneFocused, waved: new Set(waved) })).toBe(wanted);
});

it('tells the phone that the computer has woken, and to look at the network when somebody is back', () => {
  const powerMonitor = new EventEmitter();
  const told: string[] = [];
  setupWaking(powerMonitor, {
    resumed: () => told.push('resumed'),
    networkHint: () => told.push('hint'),
  });
  powerMonitor.emit('resume');
  powerMonitor.emit('unlock-screen');
  expect(told).toEqual(['resumed', 'hint']);
});
