/** The states that the window is looked at in: each is a whole snapshot, what sounds, and where the window stands. */
import { makeError } from '../../contract/errors.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import type { Scene } from './scene.ts';
import { soundScenes } from './sound-scenes.ts';
import { scriptedCall } from './scripted-phone.ts';
import {
  forwarding,
  publishing,
  twoExtensions,
  server,
  office,
  practice,
  settings,
  idle,
  practiceOnly,
  inCall,
  incoming,
  ben,
  andre,
  heldHere,
  heldSince,
  twoCalls,
  thirdCall,
  together,
  transferTo,
  backOnline,
  speaking,
  caller,
  watching,
  withMail,
  certificate,
  texting,
} from './scripted-snapshots.ts';

export type { Scene } from './scene.ts';

export const scenes = {
  ...soundScenes,
  'presence-available': { snapshot: publishing('available'), press: ['What others see: Available'] },
  'presence-away': {
    snapshot: publishing('away', 'back at two'),
    press: ['What others see: Away'],
  },
  'presence-busy': { snapshot: publishing('busy') },
  forwarding: { snapshot: forwarding },
  'settings-forwarding': {
    snapshot: forwarding,
    view: { place: 'settings' },
    show: 'Forwarding',
  },
  'settings-forwarding-refused': {
    snapshot: forwarding,
    view: { place: 'settings' },
    show: 'Forwarding',
    refuse: ['account.forward'],
    press: ['Stop: all calls'],
  },
  'settings-calls': { snapshot: idle, view: { place: 'settings' }, show: 'Calls' },
  'settings-feature-codes': {
    snapshot: idle,
    view: { place: 'settings' },
    open: 'Feature codes of the PBX',
  },
  'settings-two-extensions': {
    snapshot: twoExtensions,
    view: { place: 'settings' },
  },
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
    until: 'The password is not the right one.',
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
    until: 'Is this the right server?',
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
    snapshot: inCall({ direction: 'incoming', autoAnswered: true, referredBy: { ...ben, how: 'forwarded' } }),
    levels: speaking,
  },
  'transferred-to-us': { snapshot: inCall({ referredBy: { ...ben, how: 'transferred' } }), levels: speaking },
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
  'incoming-forwarded': {
    snapshot: { ...idle, calls: [{ ...incoming, referredBy: { ...ben, how: 'forwarded' } }] },
  },
  'incoming-elsewhere': { snapshot: { ...idle, calls: [incoming] }, press: ['Send elsewhere'] },
  'incoming-two': {
    snapshot: { ...idle, calls: [incoming, { ...incoming, id: 'ben', remote: caller }] },
  },
  'incoming-in-a-call': { snapshot: { ...idle, calls: [scriptedCall(), incoming] }, levels: speaking },
  'incoming-window': { snapshot: { ...idle, calls: [incoming] }, small: true },
  'incoming-window-in-a-call': {
    snapshot: { ...idle, calls: [scriptedCall(), { ...incoming, referredBy: { ...ben, how: 'forwarded' } }] },
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
    press: ['Connect my extension Server, extension and password', 'Connect'],
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
export function scriptedStats(second: number, codec = 'PCMU'): MediaStats {
  const lost = second > 25 ? 4 : 0;
  return {
    sent: second * 50,
    received: second * 50 - lost,
    lost,
    late: 0,
    discarded: 0,
    concealedMs: lost * 20,
    jitterMs: 2 + (second % 5),
    rttMs: 24,
    bufferMs: 40,
    codec,
    timeScaledMs: 0,
    lossPercent: lost > 0 && second < 32 ? 1.2 : 0,
    delayMs: 72,
    mos: second > 25 && second < 32 ? 3.6 : 4.3,
    remote: { lostPercent: 0, jitterMs: 3, mos: 4.3, discardedPercent: 0, endDelayMs: 60 },
  };
}
