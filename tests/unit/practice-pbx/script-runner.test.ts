import { describe, expect, it } from 'vitest';
import { MessageRecorder } from '../../../practice-pbx/message-recorder.ts';
import { type OutsideEffect, ScriptRunner } from '../../../practice-pbx/script-runner.ts';
import {
  decodeWave,
  encodeWave,
  frameSamples,
  levelDb,
  sineTone,
} from '../../../practice-pbx/telephone-sound.ts';
import {
  type Clip,
  type VoiceEffect,
  type VoiceEvent,
  prompts,
  say,
} from '../../../practice-pbx/voice-script.ts';

const constant = (value: number, samples: number) => new Int16Array(samples).fill(value);
/** Clips of this test: a tone is its frequency as a constant, for as many samples as its milliseconds say. */
const samples = (clip: Clip) =>
  clip.kind === 'tone' ? constant(clip.hertz, clip.durationMs) : constant(1, 40);
const clip = (value: number, count: number): Clip => ({ kind: 'tone', hertz: value, durationMs: count });

/** A runner whose script answers each event by a prepared list. */
function start(answers: Partial<Record<VoiceEvent['type'], VoiceEffect[]>>) {
  const events: VoiceEvent[] = [];
  const outside: OutsideEffect[] = [];
  const runner = new ScriptRunner({
    script: {
      handle(event) {
        events.push(event);
        return answers[event.type] ?? [];
      },
    },
    samples,
    perform: (effect) => outside.push(effect),
    now: () => 77,
  });
  const read = () => {
    const frame = constant(-1, frameSamples);
    runner.read(frame);
    return frame;
  };
  runner.answered();
  return { runner, read, events, outside, types: () => events.map((event) => event.type) };
}
const loud = Int16Array.from({ length: frameSamples }, (_, n) => (n % 2 === 0 ? 3000 : -3000));
const silence = new Int16Array(frameSamples);

describe('a script on a call', () => {
  it('plays clips without a gap, fills up with silence, and says when all was played', () => {
    const { read, types } = start({ answered: [say(clip(5, 100), clip(6, 100), clip(7, 20))] });
    const first = read();
    expect([first[0], first[99], first[100], first[159]]).toEqual([5, 5, 6, 6]);
    expect(types()).toEqual(['answered']);
    const second = read();
    expect([second[0], second[39], second[40], second[59], second[60], second[159]]).toEqual([
      6, 6, 7, 7, 0, 0,
    ]);
    expect(types()).toEqual(['answered', 'said']);
    expect(read().every((sample) => sample === 0)).toBe(true);
    expect(types()).toEqual(['answered', 'said']);
  });

  it('says so at once when there was nothing to play, as with missing prompts', () => {
    const { read, types } = start({ answered: [say()] });
    read();
    expect(types()).toEqual(['answered', 'said']);
  });

  it('replaces what it says when it is told something new, and does not report the old as said', () => {
    const { runner, read, types } = start({ answered: [say(clip(5, 400))], key: [say(clip(9, 160))] });
    read();
    runner.pressed('1');
    expect(read()[0]).toBe(9);
    expect(types()).toEqual(['answered', 'key', 'said']);
  });

  it('waits only while nothing is said, and not after a key', () => {
    const { runner, read, types } = start({
      answered: [say(clip(5, 320)), { type: 'wait', durationMs: 40 }],
      waited: [{ type: 'wait', durationMs: 40 }],
    });
    read();
    read();
    expect(types()).toEqual(['answered', 'said']);
    read();
    expect(types()).not.toContain('waited');
    read();
    expect(types()).toEqual(['answered', 'said', 'waited']);
    read();
    runner.pressed('1');
    for (let n = 0; n < 10; n++) read();
    expect(types()).toEqual(['answered', 'said', 'waited', 'key']);
  });

  it('echoes every frame in order one frame later, whichever end of the call is late', () => {
    const { runner, read } = start({ answered: [{ type: 'echo' }] });
    const heard: number[] = [];
    let next = 1;
    const write = () => runner.write(constant(next++, frameSamples));
    const take = () => heard.push(read()[0] ?? 0);
    write();
    take();
    for (const late of [0, 1, 0, 2, 0, 1]) {
      if (late === 1) {
        take();
        write();
      } else {
        write();
        take();
      }
      if (late === 2) {
        take();
        write();
      }
    }
    expect(heard[0]).toBe(0);
    const whole = heard.slice(heard.indexOf(1));
    expect(whole).toEqual(whole.map((_, n) => n + 1));
    expect(whole.length).toBeGreaterThanOrEqual(5);
  });

  it('never echoes what was heard while it spoke', () => {
    const { runner, read } = start({ answered: [{ type: 'echo' }], key: [say(clip(5, 160))] });
    runner.write(constant(11, frameSamples));
    runner.pressed('1');
    runner.write(constant(12, frameSamples));
    expect(read()[0]).toBe(5);
    for (const value of [13, 14]) runner.write(constant(value, frameSamples));
    expect(read()[0]).toBe(13);
  });

  it('notices speech once for each listen', () => {
    const { runner, types } = start({ answered: [{ type: 'listen' }] });
    runner.write(loud);
    runner.write(silence);
    runner.write(loud);
    runner.write(loud);
    expect(types()).toEqual(['answered']);
    for (let n = 0; n < 5; n++) runner.write(loud);
    expect(types()).toEqual(['answered', 'speech']);
  });

  it('gives a recording to the outside, also when the caller hangs up in the middle', () => {
    const { runner, events, outside, types } = start({
      answered: [{ type: 'record', limitMs: 10_000, silenceMs: 1_000 }],
      recorded: [{ type: 'keep-recording', as: { kind: 'message', box: '1000', from: '1001' } }],
    });
    for (let n = 0; n < 60; n++) runner.write(loud);
    runner.hungUp();
    runner.hungUp();
    expect(types()).toEqual(['answered', 'recorded', 'hung-up']);
    expect(events[1]).toEqual({ type: 'recorded', because: 'hung-up', durationMs: 1_200 });
    expect(outside).toHaveLength(1);
    expect(outside[0]?.type === 'keep-recording' && outside[0].samples.length).toBe(60 * frameSamples);
  });

  it('does nothing more after the call', () => {
    const { runner, read, types } = start({ answered: [say(clip(5, 400))] });
    runner.hungUp();
    runner.pressed('1');
    runner.write(loud);
    expect(read().every((sample) => sample === 0)).toBe(true);
    expect(types()).toEqual(['answered', 'hung-up']);
  });

  it('goes on with another script from its beginning', () => {
    const { runner, read } = start({ answered: [say(clip(5, 400))] });
    read();
    runner.switchTo({ handle: (event) => (event.type === 'answered' ? [say(prompts('goodbye'))] : []) });
    expect(read().slice(0, 41)).toEqual(Int16Array.from([...constant(1, 40), 0]));
  });
});

describe('a recording', () => {
  const record = (frames: Int16Array[], recorder = new MessageRecorder(2_000, 400)) => {
    const ends = frames.map((frame) => recorder.write(frame));
    return { ends, ...recorder.finish() };
  };
  const times = (count: number, frame: Int16Array) => Array.from({ length: count }, () => frame);

  it('ends after the silence it was told, and that silence is cut off but for a breath', () => {
    const { ends, durationMs } = record([...times(50, loud), ...times(20, silence)]);
    expect(ends.indexOf('silence')).toBe(69);
    expect(durationMs).toBe(1_000 + 300);
  });

  it('ends at its limit', () => {
    const { ends, durationMs } = record(times(100, loud));
    expect(ends.indexOf('limit')).toBe(99);
    expect(durationMs).toBe(2_000);
  });

  it('of silence alone is nothing', () => {
    expect(record(times(20, silence)).durationMs).toBe(0);
  });

  it('counts faint comfort noise as silence, and quiet speech as speech', () => {
    const noise = Int16Array.from({ length: frameSamples }, (_, n) => (n % 2 === 0 ? 40 : -40));
    const quiet = sineTone(300, 20).map((sample) => sample / 8);
    expect(record(times(20, noise)).ends).toContain('silence');
    expect(record(times(20, quiet)).ends).not.toContain('silence');
  });
});

describe('the sound of the PBX', () => {
  it('survives its WAV form, and other forms are refused', () => {
    const tone = sineTone(440, 50);
    const file = encodeWave(tone);
    expect(decodeWave(file)).toEqual(tone);
    expect(decodeWave(file.subarray(0, 30))).toBeUndefined();
    const faster = Uint8Array.from(file);
    new DataView(faster.buffer).setUint32(24, 16_000, true);
    expect(decodeWave(faster)).toBeUndefined();
    expect(decodeWave(new Uint8Array(0))).toBeUndefined();
    // A file cut off in its samples gives those that are there.
    expect(decodeWave(file.subarray(0, 44 + 101))).toEqual(tone.slice(0, 50));
  });

  it('has tones at −12 dBFS peak and levels by RMS', () => {
    expect(levelDb(sineTone(1000, 500))).toBeCloseTo(-15, 0);
    expect(levelDb(silence)).toBe(-127);
  });
});
