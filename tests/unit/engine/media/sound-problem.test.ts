import { describe, expect, it } from 'vitest';
import {
  judgeSound,
  nothingWrong,
  soundProblemOf,
  type SoundCause,
  type SoundEvidence,
  type SoundJudgement,
} from '../../../../engine/media/sound-problem.ts';

type Second = Partial<SoundEvidence> & { packetsOut?: number; packetsIn?: number; foreignIn?: number };

const well: SoundEvidence = {
  nowMs: 0,
  talking: true,
  sends: true,
  expects: true,
  mayPause: false,
  hasMicrophone: true,
  hasSpeaker: true,
  muted: false,
  speaking: false,
  clipping: false,
  microphoneDb: -60,
  speakerDb: -20,
  speakerVolume: 1,
  sent: 0,
  received: 0,
  foreign: 0,
  foreignPayloadType: null,
  refused: 0,
  namedAddress: '192.0.2.7',
  portRefuses: false,
  ownAddress: '192.168.1.20',
  sourceAddress: '192.0.2.7',
  farSideReceives: true,
};

/** Lets seconds pass in which the sound is so; 50 packets go and come in each unless it says otherwise. */
function pass(judgement: SoundJudgement, seconds: number, change: Second = {}): SoundJudgement {
  let now = judgement;
  for (let second = 0; second < seconds; second += 1) {
    const { packetsOut = 50, packetsIn = 50, foreignIn = 0, ...evidence } = change;
    const last = now.last ?? well;
    now = judgeSound(now, {
      ...well,
      ...evidence,
      nowMs: last.nowMs + 1000,
      sent: last.sent + packetsOut,
      received: last.received + packetsIn,
      foreign: last.foreign + foreignIn,
    });
  }
  return now;
}

const started = pass(nothingWrong, 3);
const told = (judgement: SoundJudgement) => soundProblemOf(judgement, 'Anna');

/** What each cause looks like, after how many seconds it is told, and in how many it is gone. */
const table: [SoundCause, Second, number, number][] = [
  ['muted-and-speaking', { muted: true, speaking: true }, 1, 3],
  ['speaker-off', { speakerVolume: 0, speakerDb: -127 }, 2, 1],
  ['nothing-sent', { packetsOut: 0 }, 3, 2],
  ['wrong-codec', { packetsIn: 0, foreignIn: 50, foreignPayloadType: 18 }, 2, 2],
  ['nothing-comes', { packetsIn: 0, speakerDb: -127 }, 4, 1],
  ['comes-from-elsewhere', { farSideReceives: false, sourceAddress: '203.0.113.4' }, 1, 6],
  ['far-side-hears-nothing', { farSideReceives: false }, 1, 6],
  ['microphone-silent', { microphoneDb: -127 }, 6, 1],
  ['far-side-silent', { speakerDb: -127 }, 10, 1],
  ['microphone-clipping', { clipping: true, microphoneDb: 0 }, 2, 8],
];

describe('why nothing is heard', () => {
  it('is nothing while the sound is well', () => {
    expect(told(pass(started, 60))).toBeNull();
  });

  it.each(table)('%s is told after a while, with a sentence and a cure', (cause, second, tellAfter) => {
    expect(told(pass(started, tellAfter - 1, second))).toBeNull();
    const problem = told(pass(started, tellAfter, second));
    expect(problem?.cause).toBe(cause);
    for (const words of [problem?.sentence, problem?.cure]) expect(words).toMatch(/^[A-Z].*\.$/);
  });

  it.each(table)('%s stays told until it is gone for a while', (cause, second, tellAfter, clearAfter) => {
    const known = pass(started, tellAfter, second);
    expect(told(pass(known, 30, second))?.cause).toBe(cause);
    if (clearAfter > 1) expect(told(pass(known, clearAfter - 1))?.cause).toBe(cause);
    expect(told(pass(known, clearAfter))).toBeNull();
  });

  it.each(table)('%s is not judged in a call that is on hold or not answered', (_cause, second) => {
    expect(told(pass(started, 30, { ...second, talking: false }))).toBeNull();
  });

  it('does not flicker when somebody muted speaks with pauses', () => {
    let now = pass(started, 2, { muted: true, speaking: true });
    for (let sentence = 0; sentence < 10; sentence += 1) {
      now = pass(now, 2, { muted: true });
      expect(told(now)?.cause).toBe('muted-and-speaking');
      now = pass(now, 1, { muted: true, speaking: true });
    }
  });

  it('tells the cause that explains the other', () => {
    const silent = { packetsIn: 0, speakerDb: -127, foreignIn: 50, foreignPayloadType: 18 };
    expect(told(pass(started, 20, silent))?.cause).toBe('wrong-codec');
    expect(told(pass(started, 20, { speakerDb: -127, speakerVolume: 0 }))?.cause).toBe('speaker-off');
  });

  it('lets whoever may pause be silent', () => {
    const quiet = { mayPause: true, packetsOut: 0, packetsIn: 0, speakerDb: -127 };
    expect(told(pass(started, 60, quiet))).toBeNull();
    expect(told(pass(started, 10, { ...quiet, speaking: true }))?.cause).toBe('nothing-sent');
  });

  it('but misses one who may pause and was never heard', () => {
    const never = pass(nothingWrong, 1, { packetsIn: 0 });
    expect(told(pass(never, 5, { mayPause: true, packetsIn: 0 }))?.cause).toBe('nothing-comes');
  });

  it('expects nothing of a microphone and a speaker that are files', () => {
    const files = {
      hasMicrophone: false,
      hasSpeaker: false,
      microphoneDb: -127,
      speakerVolume: 0,
      clipping: true,
    };
    expect(told(pass(started, 60, files))).toBeNull();
  });

  it.each<[string, Second, string]>([
    ['a firewall', {}, 'No sound comes from Anna (192.0.2.7).'],
    ['ICE', { namedAddress: '' }, 'No sound comes from Anna.'],
    ['a closed port', { portRefuses: true }, 'No sound comes from Anna: packets to 192.0.2.7 are refused.'],
    [
      'a PBX behind a router',
      { namedAddress: '10.0.0.5' },
      'No sound comes from Anna: it names 10.0.0.5, a private address of another network.',
    ],
    [
      'an address of our own network',
      { namedAddress: '192.168.7.5' },
      'No sound comes from Anna (192.168.7.5).',
    ],
    ['a public address', { namedAddress: '172.32.0.1' }, 'No sound comes from Anna (172.32.0.1).'],
    ['wrong keys', { refused: 100 }, 'Sound comes from Anna, but it cannot be decrypted.'],
  ])('says as much as is known of why nothing comes: %s', (_what, change, sentence) => {
    const problem = told(pass(started, 5, { packetsIn: 0, ...change }));
    expect(problem?.sentence).toBe(sentence);
    expect(problem?.cure).toMatch(/^[A-Z].*\.$/);
  });

  it('expects nothing of one who holds or is held', () => {
    const held = { packetsIn: 0, expects: false, sends: false, packetsOut: 0, microphoneDb: -127 };
    expect(told(pass(started, 60, held))).toBeNull();
  });

  it('names who it is about, and the addresses', () => {
    const [, elsewhere] = table[5] ?? [];
    expect(told(pass(started, 5, elsewhere))?.sentence).toBe(
      'Anna does not hear you: it asks for sound at 192.0.2.7, but its own comes from 203.0.113.4.',
    );
    expect(told(pass(started, 5, { packetsIn: 0, refused: 100 }))?.sentence).toContain('cannot be decrypted');
  });
});
