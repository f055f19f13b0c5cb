/**
 * The speaking clock, *60: "at the tone, it will be ten forty-two and twenty seconds", and a tone that begins at that very second,
 * every ten seconds for a minute.
 *
 *   start ──answered──► speaking ──said (n < 6)──► speaking … ──said (sixth)──► leaving ──said──► done (hang up)
 */
import { assertNever } from '../contract/assert-never.ts';
import { spokenClock } from './spoken-time.ts';
import { type Clip, type VoiceEffect, type VoiceEvent, prompts, say } from './voice-script.ts';

export type ClockState =
  { name: 'start' } | { name: 'speaking'; times: number } | { name: 'leaving' } | { name: 'done' };

export const clockStart: ClockState = { name: 'start' };
export const announcements = 6;
const gridMs = 10_000;
const tone: Clip = { kind: 'tone', hertz: 1000, durationMs: 500 };
const breath: Clip = { kind: 'pause', durationMs: 1_000 };

/** `durationMs`: how long clips take to play. */
export function stepClock(
  durationMs: (clips: Clip[]) => number,
  state: ClockState,
  event: VoiceEvent,
): readonly [ClockState, VoiceEffect[]] {
  if (event.type === 'hung-up') return [{ name: 'done' }, []];
  switch (state.name) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      return [{ name: 'speaking', times: 1 }, [announce(durationMs, event.nowMs)]];
    case 'speaking':
      if (event.type !== 'said') return [state, []];
      if (state.times === announcements) return [{ name: 'leaving' }, [say(prompts('goodbye'))]];
      return [{ name: 'speaking', times: state.times + 1 }, [announce(durationMs, event.nowMs)]];
    case 'leaving':
      return event.type === 'said' ? [{ name: 'done' }, [{ type: 'hang-up' }]] : [state, []];
    case 'done':
      return [state, []];
    default:
      return assertNever(state);
  }
}

/** The announcement of the first multiple of ten seconds that leaves time to say it. */
function announce(durationMs: (clips: Clip[]) => number, nowMs: number): VoiceEffect {
  for (let atMs = Math.ceil(nowMs / gridMs) * gridMs; ; atMs += gridMs) {
    const words = prompts(...spokenClock(new Date(atMs)));
    const pauseMs = atMs - nowMs - durationMs(words);
    if (pauseMs >= 0) return say(words, { kind: 'pause', durationMs: pauseMs }, tone, breath);
  }
}
