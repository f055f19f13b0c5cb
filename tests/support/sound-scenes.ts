/** The states of the window that speak of sound: its quality, what is wrong with it, its encryption and its recording. */
import type { Settings } from '../../contract/settings.ts';
import type { CallSnapshot, PhoneSnapshot, QualityPoint, SoundProblem } from '../../contract/snapshot.ts';
import type { Scene } from './scene.ts';
import { mutedAndSpeaking, scriptedCall } from './scripted-phone.ts';
import { idle, inCall, settings, speaking, together } from './scripted-snapshots.ts';

type Audio = CallSnapshot['media'][number];

const audio = (parts: Partial<Audio>): Audio[] => scriptedCall().media.map((line) => ({ ...line, ...parts }));

const dtls = { kind: 'dtls', suite: 'AEAD_AES_256_GCM' } as const;
const sdes = { kind: 'sdes', suite: 'AES_CM_128_HMAC_SHA1_80' } as const;
const opus = audio({
  codec: 'opus',
  sampleRate: 48_000,
  secure: true,
  encryption: dtls,
  path: {
    local: 'relay',
    remote: 'host',
    protocol: 'tls',
    localAddress: 'turn.example.com:5349',
    remoteAddress: '198.51.100.7:4002',
  },
});

/** As the engine words them (engine/sound-problem.ts): short, and as long as they get. */
const problems: Record<'clipping' | 'elsewhere', SoundProblem> = {
  clipping: {
    cause: 'microphone-clipping',
    sentence: 'Your microphone is overdriven: you sound distorted.',
    cure: 'Turn its volume down, or move it away from your mouth.',
  },
  elsewhere: {
    cause: 'comes-from-elsewhere',
    sentence:
      'Anna Keller does not hear you: it asks for sound at 192.168.178.110:14000, but its own comes from 198.51.100.107:14002.',
    cure: 'Ask whoever runs the PBX to set its public address, or switch on ICE for this extension.',
  },
};

const recording = (state: 'recording' | 'failed') => ({
  state,
  file: '/home/mia/Recordings/anna.wav',
  since: Date.now() - 43_000,
});

const withSettings = (parts: Partial<Settings>): PhoneSnapshot => ({
  ...idle,
  settings: { ...settings, ...parts },
});
const turnServer: Settings['turn_servers'][number] = {
  url: 'turns:turn.example.com:5349',
  username: 'mia',
  credential_type: 'password',
};

/** The log with the sound of two calls written down, one of them recorded. */
const withSoundLogged: PhoneSnapshot = {
  ...idle,
  history: idle.history.map((entry, index) => ({
    ...entry,
    quality:
      index === 1 || index === 2
        ? {
            mos: index === 1 ? 4.3 : 3.2,
            lossPercent: index === 1 ? 0 : 4.2,
            jitterMs: 3,
            rttMs: 24,
            codec: 'PCMU',
            secure: false,
          }
        : null,
    recording: index === 1 ? '/home/mia/Recordings/anna.wav' : '',
  })),
};

/** Four minutes with one bad stretch. */
const fourMinutes: QualityPoint[] = Array.from({ length: 257 }, (_, second) => {
  const bad = second > 120 && second < 150;
  return {
    at: Date.now() - (257 - second) * 1_000,
    lossPercent: bad ? 4 + (second % 7) : 0,
    jitterMs: bad ? 24 : 3,
    bufferMs: bad ? 90 : 40,
    rttMs: 24,
    mos: bad ? 3.1 - (second % 7) / 10 : 4.3,
  };
});

export const soundScenes = {
  'call-encrypted': { snapshot: inCall({ media: opus }), levels: speaking },
  'call-keys-in-clear': { snapshot: inCall({ media: audio({ encryption: sdes }) }), levels: speaking },
  'muted-and-speaking': {
    snapshot: inCall({ muted: true, soundProblem: mutedAndSpeaking }),
    levels: speaking,
  },
  'muted-and-speaking-keypad': {
    snapshot: inCall({ muted: true, soundProblem: mutedAndSpeaking, digits: '97' }),
    view: { callPanel: 'keypad' },
  },
  'muted-and-speaking-elsewhere': {
    snapshot: inCall({ muted: true, soundProblem: mutedAndSpeaking }),
    view: { folded: true, place: 'recents' },
  },
  'muted-and-speaking-conference': {
    snapshot: together({ muted: true, soundProblem: mutedAndSpeaking }),
    levels: speaking,
  },
  'microphone-clipping': {
    snapshot: inCall({ soundProblem: problems.clipping }),
    levels: { microphoneDb: 0, speakerDb: -20, clipping: true },
  },
  'sound-from-elsewhere': { snapshot: inCall({ soundProblem: problems.elsewhere }), levels: speaking },
  'sound-from-elsewhere-folded': {
    snapshot: inCall({ soundProblem: problems.elsewhere }),
    view: { folded: true, place: 'recents' },
  },
  'call-recording': { snapshot: inCall({ recording: recording('recording') }), levels: speaking },
  'call-recording-failed': { snapshot: inCall({ recording: recording('failed') }), levels: speaking },
  'conference-recording': { snapshot: together({ recording: recording('recording') }), levels: speaking },
  'recents-sound': {
    snapshot: withSoundLogged,
    view: { place: 'recents' },
    press: ['Recording of the call with Anna Keller'],
  },
  'call-details': {
    snapshot: inCall({ media: opus }),
    levels: speaking,
    quality: fourMinutes,
    press: ['Call details'],
  },
  'settings-voice': { snapshot: idle, view: { place: 'settings' }, show: 'Your voice' },
  'microphone-check': {
    snapshot: idle,
    view: { place: 'settings' },
    show: 'Your voice',
    press: ['Check the microphone'],
    until: 'Say something now…',
  },
  'settings-codecs': {
    snapshot: idle,
    view: { place: 'settings' },
    show: 'Codecs',
    open: 'Packets and Opus',
  },
  'settings-recording-locked': {
    snapshot: withSettings({ recording: { ...settings.recording, allowed: false } }),
    view: { place: 'settings' },
    show: 'Recording',
  },
  'settings-sound-network': {
    snapshot: withSettings({ stun_servers: ['stun.example.com'], turn_servers: [turnServer] }),
    view: { place: 'settings' },
    press: ['Add a TURN server'],
  },
  'settings-sound-checks': {
    snapshot: withSettings({ stun_servers: ['stun.example.com'], turn_servers: [turnServer] }),
    view: { place: 'settings' },
    show: 'Network for sound',
    press: ['Check the network'],
    until: 'It does not take the password.',
  },
  'wide-call-details': {
    snapshot: inCall({ media: audio({ encryption: sdes }) }),
    levels: speaking,
    quality: fourMinutes,
    press: ['Call details'],
    wide: true,
  },
} satisfies Record<string, Scene>;
