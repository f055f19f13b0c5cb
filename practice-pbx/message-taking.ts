/**
 * Leaving a message, *<extension>: greeting, tone, recording; kept unless it is too short.
 *
 *            answered            said                      recorded (asked, silence, limit)        said
 *   start ────────────► greeting ─────► recording ───────────────────────────────────► thanking ───────► done (hang up)
 *     └─ box is full ──────────────────────┼──────────────────────────────────────────────▲
 *                          # ┌─────────────┤
 *                            ▼             └── recorded (hung-up) ──► done
 *                       (stop-recording)
 *   # during the greeting goes to the tone at once.
 */
import { assertNever } from '../contract/assert-never.ts';
import { spokenExtension } from './spoken-number.ts';
import { type Clip, type VoiceEffect, type VoiceEvent, beep, prompts, say } from './voice-script.ts';

export type MessageTakingState = 'start' | 'greeting' | 'recording' | 'thanking' | 'done';

export const recordingLimits = { limitMs: 60_000, silenceMs: 10_000, shortestMs: 1_000 };

/** What the service needs to know when a call comes. */
export interface MessageTaking {
  box: string;
  /** Who is calling. */
  from: string;
  /** The owner has recorded a greeting. */
  hasGreeting: boolean;
  full: boolean;
}

export function stepMessageTaking(
  taking: MessageTaking,
  state: MessageTakingState,
  event: VoiceEvent,
): readonly [MessageTakingState, VoiceEffect[]] {
  switch (state) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      if (taking.full) return ['thanking', [say(prompts('mailbox-full', 'goodbye'))]];
      return ['greeting', [say({ kind: 'pause', durationMs: 300 }, greeting(taking), beep)]];
    case 'greeting':
      if (event.type === 'said') {
        const { limitMs, silenceMs } = recordingLimits;
        return ['recording', [{ type: 'record', limitMs, silenceMs }]];
      }
      if (event.type === 'key' && event.key === '#') return [state, [say(beep)]];
      return [event.type === 'hung-up' ? 'done' : state, []];
    case 'recording':
      if (event.type === 'key' && event.key === '#') return [state, [{ type: 'stop-recording' }]];
      if (event.type === 'recorded') return keep(taking, event);
      return [state, []];
    case 'thanking':
      if (event.type === 'said') return ['done', [{ type: 'hang-up' }]];
      return [event.type === 'hung-up' ? 'done' : state, []];
    case 'done':
      return [state, []];
    default:
      return assertNever(state);
  }
}

function greeting(taking: MessageTaking): Clip[] {
  if (taking.hasGreeting) return [{ kind: 'greeting', box: taking.box }];
  return prompts('reached-extension', ...spokenExtension(taking.box), 'leave-message');
}

function keep(
  taking: MessageTaking,
  recorded: VoiceEvent & { type: 'recorded' },
): readonly [MessageTakingState, VoiceEffect[]] {
  const kept: VoiceEffect[] =
    recorded.durationMs >= recordingLimits.shortestMs
      ? [{ type: 'keep-recording', as: { kind: 'message', box: taking.box, from: taking.from } }]
      : [];
  if (recorded.because === 'hung-up') return ['done', kept];
  return [
    'thanking',
    [...kept, say(prompts(kept.length > 0 ? 'message-kept' : 'message-too-short', 'goodbye'))],
  ];
}
