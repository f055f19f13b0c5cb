/**
 * The owner's mailbox, *97: PIN, then messages and greeting by keys. Keys work while the prompts are spoken.
 *
 *   start ──answered──► pin ──right──► menu ──1──► message ──7, 9, #──► next message … ──► menu ("no more messages")
 *                        │ ▲            │ ▲           └─ 1: again, *: menu
 *                        └─┘ wrong,     │ │
 *                         up to 3 tries ├─0──► greeting-menu ──1──► greeting-prompt ──said──► greeting-recording ──► greeting-menu
 *                        │              │           └─ 2: hear it, 3: standard greeting, *: menu
 *                        ▼              ▼ #
 *                      leaving ◄────────┴──── nothing pressed, three times
 *                        └──said──► done (hang up)
 */
import { assertNever } from '../contract/assert-never.ts';
import { recordingLimits } from './message-taking.ts';
import { spokenCount, spokenExtension } from './spoken-number.ts';
import { spokenDay, spokenTimeOfDay } from './spoken-time.ts';
import { type Clip, type VoiceEffect, type VoiceEvent, beep, prompts, say } from './voice-script.ts';

export interface MailboxMessage {
  id: string;
  /** The caller's extension. */
  from: string;
  /** Wall clock when it was left. */
  atMs: number;
  durationMs: number;
  isNew: boolean;
}

/** The mailbox as the service finds it when the call comes; `pin` in clear: it never leaves the computer. */
export interface MailboxContents {
  box: string;
  pin: string;
  hasGreeting: boolean;
  /** New ones first, each group from old to young. */
  messages: readonly MailboxMessage[];
}

type Place =
  | { name: 'start' }
  | { name: 'pin'; entered: string; tries: number }
  /** `justEntered`: a # that ends the PIN out of habit means nothing. */
  | { name: 'menu'; justEntered: boolean }
  | { name: 'message'; index: number }
  | { name: 'greeting-menu' }
  | { name: 'greeting-prompt' }
  | { name: 'greeting-recording' }
  | { name: 'leaving' }
  | { name: 'done' };

export interface MailboxState {
  place: Place;
  messages: readonly MailboxMessage[];
  hasGreeting: boolean;
  /** How often the caller has let the time pass since the last key. */
  unanswered: number;
  nowMs: number;
}

type Step = readonly [MailboxState, VoiceEffect[]];

export const mailboxPatience = { waitMs: 6_000, repeats: 2, pinTries: 3 };

export function mailboxStart(contents: MailboxContents): MailboxState {
  return {
    place: { name: 'start' },
    messages: contents.messages,
    hasGreeting: contents.hasGreeting,
    unanswered: 0,
    nowMs: 0,
  };
}

export function stepMailbox(contents: MailboxContents, before: MailboxState, event: VoiceEvent): Step {
  if (event.type === 'hung-up') return [{ ...before, place: { name: 'done' } }, []];
  if (event.type === 'waited') return letPass(contents, before);
  const state = event.type === 'key' ? { ...before, unanswered: 0 } : before;
  const { place } = state;
  switch (place.name) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      return at({ ...state, nowMs: event.nowMs }, { name: 'pin', entered: '', tries: 0 }, [
        { kind: 'pause', durationMs: 300 },
        ...prompts('mailbox-welcome', 'enter-pin'),
      ]);
    case 'pin':
      return event.type === 'key' ? enterPin(contents, state, place, event.key) : waitAfter(state, event);
    case 'menu':
      return event.type === 'key' ? menuKey(contents, state, place, event.key) : waitAfter(state, event);
    case 'message':
      return event.type === 'key'
        ? messageKey(contents, state, place.index, event.key)
        : waitAfter(state, event);
    case 'greeting-menu':
      return event.type === 'key' ? greetingKey(contents, state, event.key) : waitAfter(state, event);
    case 'greeting-prompt': {
      if (event.type !== 'said') return [state, []];
      const { limitMs, silenceMs } = recordingLimits;
      return [{ ...state, place: { name: 'greeting-recording' } }, [{ type: 'record', limitMs, silenceMs }]];
    }
    case 'greeting-recording':
      if (event.type === 'key' && event.key === '#') return [state, [{ type: 'stop-recording' }]];
      return event.type === 'recorded' ? greetingRecorded(contents, state, event) : [state, []];
    case 'leaving':
      return event.type === 'said'
        ? [{ ...state, place: { name: 'done' } }, [{ type: 'hang-up' }]]
        : [state, []];
    case 'done':
      return [state, []];
    default:
      return assertNever(place);
  }
}

/** Goes to a place and says what belongs there. */
function at(state: MailboxState, place: Place, clips: Clip[], ...effects: VoiceEffect[]): Step {
  return [{ ...state, place }, [...effects, say(clips)]];
}

/** After the last word the caller has a while to press a key. */
function waitAfter(state: MailboxState, event: VoiceEvent): Step {
  return [state, event.type === 'said' ? [{ type: 'wait', durationMs: mailboxPatience.waitMs }] : []];
}

function leave(state: MailboxState, ...first: Clip[]): Step {
  return at(state, { name: 'leaving' }, [...first, ...prompts('goodbye')]);
}

function letPass(contents: MailboxContents, before: MailboxState): Step {
  const state = { ...before, unanswered: before.unanswered + 1 };
  if (state.unanswered > mailboxPatience.repeats) return leave(state);
  const { place } = state;
  switch (place.name) {
    case 'pin':
      // What was typed so far is the whole PIN: nothing more came.
      if (place.entered !== '') return checkPin(contents, state, place.tries, place.entered);
      return at(state, place, prompts('enter-pin'));
    case 'menu':
      return at(state, place, prompts('mailbox-menu'));
    case 'message':
      return at(state, place, prompts('message-menu'));
    case 'greeting-menu':
      return at(state, place, prompts('greeting-menu'));
    case 'start':
    case 'greeting-prompt':
    case 'greeting-recording':
    case 'leaving':
    case 'done':
      return [state, []];
    default:
      return assertNever(place);
  }
}

function enterPin(
  contents: MailboxContents,
  state: MailboxState,
  place: Place & { name: 'pin' },
  key: string,
): Step {
  const pause: VoiceEffect = { type: 'wait', durationMs: mailboxPatience.waitMs };
  if (key === '*') return [{ ...state, place: { ...place, entered: '' } }, [{ type: 'hush' }, pause]];
  if (key === '#') {
    return place.entered === '' ? [state, [pause]] : checkPin(contents, state, place.tries, place.entered);
  }
  const entered = place.entered + key;
  if (entered.length >= contents.pin.length) return checkPin(contents, state, place.tries, entered);
  return [{ ...state, place: { ...place, entered } }, [{ type: 'hush' }, pause]];
}

function checkPin(contents: MailboxContents, state: MailboxState, tries: number, entered: string): Step {
  if (entered === contents.pin) {
    return at(state, { name: 'menu', justEntered: true }, [
      ...countMessages(state),
      ...prompts('mailbox-menu'),
    ]);
  }
  if (tries + 1 >= mailboxPatience.pinTries) return leave(state, ...prompts('wrong-pin'));
  return at(state, { name: 'pin', entered: '', tries: tries + 1 }, prompts('wrong-pin', 'enter-pin'));
}

function countMessages(state: MailboxState): Clip[] {
  const fresh = state.messages.filter((message) => message.isNew).length;
  const old = state.messages.length - fresh;
  const oldOnes = old === 0 ? [] : prompts('and', ...spokenCount(old, 'old-message', 'old-messages'));
  return [...prompts('you-have', ...spokenCount(fresh, 'new-message', 'new-messages')), ...oldOnes];
}

function menuKey(
  contents: MailboxContents,
  state: MailboxState,
  place: Place & { name: 'menu' },
  key: string,
): Step {
  const here: Place = { name: 'menu', justEntered: false };
  switch (key) {
    case '1':
      return playMessage(contents, state, 0);
    case '0':
      return at(state, { name: 'greeting-menu' }, prompts('greeting-menu'));
    case '#':
      return place.justEntered
        ? [{ ...state, place: here }, [{ type: 'wait', durationMs: mailboxPatience.waitMs }]]
        : leave(state);
    case '*':
      return at(state, here, prompts('mailbox-menu'));
    default:
      return at(state, here, prompts('invalid-key', 'mailbox-menu'));
  }
}

/** Plays the message at `index`, or goes back to the menu when there is none. `effects` come first. */
function playMessage(
  contents: MailboxContents,
  state: MailboxState,
  index: number,
  first: Clip[] = [],
  ...effects: VoiceEffect[]
): Step {
  const message = state.messages[index];
  if (message === undefined) {
    const clips = [...first, ...prompts('no-more-messages', 'mailbox-menu')];
    return at(state, { name: 'menu', justEntered: false }, clips, ...effects);
  }
  const left = new Date(message.atMs);
  const clips: Clip[] = [
    ...first,
    ...prompts('message-from', ...spokenExtension(message.from)),
    ...prompts('message-received', ...spokenDay(left, new Date(state.nowMs)), 'at', ...spokenTimeOfDay(left)),
    { kind: 'pause', durationMs: 200 },
    { kind: 'message', box: contents.box, id: message.id },
    beep,
    ...prompts('message-menu'),
  ];
  return at(state, { name: 'message', index }, clips, ...effects);
}

function messageKey(contents: MailboxContents, state: MailboxState, index: number, key: string): Step {
  const { box } = contents;
  const message = state.messages[index];
  if (message === undefined) return playMessage(contents, state, index);
  switch (key) {
    case '1':
      return playMessage(contents, state, index);
    case '7': {
      const rest = { ...state, messages: state.messages.filter((other) => other !== message) };
      return playMessage(contents, rest, index, prompts('message-deleted'), {
        type: 'delete-message',
        box,
        id: message.id,
      });
    }
    case '9': {
      const messages = state.messages.map((other) =>
        other === message ? { ...other, isNew: false } : other,
      );
      return playMessage(contents, { ...state, messages }, index + 1, prompts('message-saved'), {
        type: 'save-message',
        box,
        id: message.id,
      });
    }
    case '#':
      return playMessage(contents, state, index + 1);
    case '*':
      return at(state, { name: 'menu', justEntered: false }, prompts('mailbox-menu'));
    default:
      return at(state, { name: 'message', index }, prompts('invalid-key', 'message-menu'));
  }
}

function greetingKey(contents: MailboxContents, state: MailboxState, key: string): Step {
  const { box } = contents;
  const here: Place = { name: 'greeting-menu' };
  switch (key) {
    case '1':
      return at(state, { name: 'greeting-prompt' }, [...prompts('record-greeting'), beep]);
    case '2':
      return at(state, here, [
        ...(state.hasGreeting ? [{ kind: 'greeting', box } as const] : prompts('greeting-standard')),
        ...prompts('greeting-menu'),
      ]);
    case '3':
      return at({ ...state, hasGreeting: false }, here, prompts('greeting-standard', 'greeting-menu'), {
        type: 'delete-greeting',
        box,
      });
    case '*':
      return at(state, { name: 'menu', justEntered: false }, prompts('mailbox-menu'));
    default:
      return at(state, here, prompts('invalid-key', 'greeting-menu'));
  }
}

function greetingRecorded(
  contents: MailboxContents,
  state: MailboxState,
  recorded: VoiceEvent & { type: 'recorded' },
): Step {
  const here: Place = { name: 'greeting-menu' };
  if (recorded.durationMs < recordingLimits.shortestMs) {
    return at(state, here, prompts('message-too-short', 'greeting-menu'));
  }
  return at({ ...state, hasGreeting: true }, here, prompts('greeting-kept', 'greeting-menu'), {
    type: 'keep-recording',
    as: { kind: 'greeting', box: contents.box },
  });
}
