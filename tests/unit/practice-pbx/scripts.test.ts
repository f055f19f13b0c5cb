import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttendantState,
  attendantPatience,
  attendantStart,
  stepAttendant,
} from '../../../practice-pbx/auto-attendant.ts';
import { type EchoState, stepEcho } from '../../../practice-pbx/echo-test.ts';
import {
  type MailboxContents,
  type MailboxMessage,
  type MailboxState,
  mailboxStart,
  stepMailbox,
} from '../../../practice-pbx/mailbox-menu.ts';
import { type MessageTakingState, stepMessageTaking } from '../../../practice-pbx/message-taking.ts';
import {
  type OperatorState,
  stepOperatorCalled,
  stepOperatorCalling,
} from '../../../practice-pbx/operator.ts';
import { clockStart, stepClock } from '../../../practice-pbx/speaking-clock.ts';
import {
  type VoiceEffect,
  type VoiceEvent,
  type VoiceScript,
  runReducer,
} from '../../../practice-pbx/voice-script.ts';

const answered: VoiceEvent = { type: 'answered', nowMs: 1_000 };
const said: VoiceEvent = { type: 'said', nowMs: 2_000 };
const waited: VoiceEvent = { type: 'waited' };
const speech: VoiceEvent = { type: 'speech' };
const hungUp: VoiceEvent = { type: 'hung-up' };
const key = (pressed: string): VoiceEvent => ({ type: 'key', key: pressed });
const recorded = (
  durationMs: number,
  because: 'asked' | 'silence' | 'limit' | 'hung-up' = 'asked',
): VoiceEvent => ({
  type: 'recorded',
  because,
  durationMs,
});

/** Effects in short: `say a b`, `hang-up`, `go-to 1001`. */
function brief(effects: VoiceEffect[]): string[] {
  return effects.map((effect) => {
    switch (effect.type) {
      case 'say':
        return `say ${effect.clips.map((clip) => (clip.kind === 'prompt' ? clip.name : clip.kind)).join(' ')}`;
      case 'go-to':
        return `go-to ${effect.number}`;
      case 'wait':
        return `wait ${effect.durationMs}`;
      case 'call-back':
        return `call-back ${effect.to} ${effect.afterMs}`;
      case 'delete-message':
      case 'save-message':
        return `${effect.type} ${effect.id}`;
      case 'keep-recording':
        return `keep ${effect.as.kind} ${effect.as.box}`;
      default:
        return effect.type;
    }
  });
}

const everyEvent: readonly [string, VoiceEvent][] = [
  ['answered', answered],
  ['said', said],
  ['waited', waited],
  ['speech', speech],
  ['recorded', recorded(5_000)],
  ['hung-up', hungUp],
  ...['1', '2', '3', '5', '9', '*', '#', 'A'].map((pressed): [string, VoiceEvent] => [
    `key ${pressed}`,
    key(pressed),
  ]),
];

/** Every state × event of a reducer as `state + event → state: effects`, without the pairs that change nothing. */
function table<S>(
  states: readonly [string, S][],
  step: (state: S, event: VoiceEvent) => readonly [S, VoiceEffect[]],
  print: (state: S) => string,
): string[] {
  return states.flatMap(([name, state]) =>
    everyEvent.flatMap(([eventName, event]) => {
      const [after, effects] = step(state, event);
      const unchanged = effects.length === 0 && print(after) === print(state);
      return unchanged ? [] : [`${name} + ${eventName} → ${print(after)}: ${brief(effects).join(', ')}`];
    }),
  );
}

describe('the auto attendant', () => {
  const print = (state: AttendantState) =>
    'unanswered' in state ? `${state.name} ${state.unanswered}` : state.name;
  it('does this for every state and event', () => {
    const states: [string, AttendantState][] = [
      ['start', attendantStart],
      ['speaking', { name: 'speaking', unanswered: 0 }],
      ['waiting', { name: 'waiting', unanswered: attendantPatience.repeats }],
      ['leaving', { name: 'leaving' }],
      ['gone', { name: 'gone' }],
    ];
    expect(table(states, stepAttendant, print)).toMatchInlineSnapshot(`
      [
        "start + answered → speaking 0: say pause attendant-welcome attendant-menu",
        "speaking + said → waiting 0: wait 6000",
        "speaking + waited → speaking 1: say still-there attendant-menu",
        "speaking + hung-up → gone: ",
        "speaking + key 1 → gone: hush, go-to 1001",
        "speaking + key 2 → gone: hush, go-to *60",
        "speaking + key 3 → gone: hush, go-to *43",
        "speaking + key 5 → speaking 0: say invalid-key attendant-menu",
        "speaking + key 9 → speaking 0: say attendant-menu",
        "speaking + key * → speaking 0: say invalid-key attendant-menu",
        "speaking + key # → speaking 0: say invalid-key attendant-menu",
        "speaking + key A → speaking 0: say invalid-key attendant-menu",
        "waiting + said → waiting 2: wait 6000",
        "waiting + waited → leaving: say goodbye",
        "waiting + hung-up → gone: ",
        "waiting + key 1 → gone: hush, go-to 1001",
        "waiting + key 2 → gone: hush, go-to *60",
        "waiting + key 3 → gone: hush, go-to *43",
        "waiting + key 5 → speaking 0: say invalid-key attendant-menu",
        "waiting + key 9 → speaking 0: say attendant-menu",
        "waiting + key * → speaking 0: say invalid-key attendant-menu",
        "waiting + key # → speaking 0: say invalid-key attendant-menu",
        "waiting + key A → speaking 0: say invalid-key attendant-menu",
        "leaving + said → gone: hang-up",
      ]
    `);
  });

  it('says the menu twice more to a caller who presses nothing, then goodbye, and hangs up', () => {
    const script = runReducer(attendantStart, stepAttendant);
    const spoken = [answered, said, waited, said, waited, said, waited, said].flatMap((event) =>
      brief(script.handle(event)).filter((line) => !line.startsWith('wait ')),
    );
    expect(spoken).toEqual([
      'say pause attendant-welcome attendant-menu',
      'say still-there attendant-menu',
      'say still-there attendant-menu',
      'say goodbye',
      'hang-up',
    ]);
  });
});

describe('the operator', () => {
  it('does this for every state and event when called', () => {
    const states: [string, OperatorState][] = [
      ['start', 'start'],
      ['speaking', 'speaking'],
      ['done', 'done'],
    ];
    const step = (state: OperatorState, event: VoiceEvent) => stepOperatorCalled('1000', state, event);
    expect(table(states, step, String)).toEqual([
      'start + answered → speaking: say pause operator-calls-back goodbye',
      'speaking + said → done: hang-up, call-back 1000 3000',
      'speaking + hung-up → done: call-back 1000 3000',
    ]);
    expect(table(states, stepOperatorCalling, String)).toEqual([
      'start + answered → speaking: say pause operator-calling goodbye',
      'speaking + said → done: hang-up',
      'speaking + hung-up → done: ',
    ]);
  });
});

describe('the echo test', () => {
  it('does this for every state and event', () => {
    const states: [string, EchoState][] = [
      ['start', 'start'],
      ['echoing', 'echoing'],
      ['explaining', 'explaining'],
      ['naming', 'naming'],
    ];
    const lines = table(states, stepEcho, String).filter((line) => !/key [1235*#A]/.test(line));
    expect(lines).toEqual([
      'start + answered → echoing: echo, listen, wait 3000',
      'start + key 9 → naming: say you-pressed number-9',
      'echoing + waited → explaining: say echo-intro',
      'echoing + speech → echoing: wait Infinity',
      'echoing + key 9 → naming: say you-pressed number-9',
      'explaining + said → echoing: ',
      'explaining + speech → echoing: hush',
      'explaining + key 9 → naming: say you-pressed number-9',
      'naming + said → echoing: ',
      'naming + key 9 → naming: say you-pressed number-9',
    ]);
  });
});

describe('the speaking clock', () => {
  it('begins its tone at a multiple of ten seconds, however long the words take', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 41 }),
        fc.integer({ min: 0, max: 25_000 }),
        (nowMs, wordsMs) => {
          const [, effects] = stepClock(() => wordsMs, clockStart, { type: 'answered', nowMs });
          const [effect] = effects;
          const pauses = effect?.type === 'say' ? effect.clips.filter((clip) => clip.kind === 'pause') : [];
          const toneAtMs = nowMs + wordsMs + (pauses[0]?.durationMs ?? NaN);
          expect(toneAtMs % 10_000).toBe(0);
          expect(pauses[0]?.durationMs).toBeLessThan(10_000);
        },
      ),
    );
  });
});

describe('taking a message', () => {
  const taking = { box: '1000', from: '1000', hasGreeting: false, full: false };
  const states: [string, MessageTakingState][] = [
    ['start', 'start'],
    ['greeting', 'greeting'],
    ['recording', 'recording'],
    ['thanking', 'thanking'],
    ['done', 'done'],
  ];
  it('does this for every state and event', () => {
    const step = (state: MessageTakingState, event: VoiceEvent) => stepMessageTaking(taking, state, event);
    expect(table(states, step, String)).toEqual([
      'start + answered → greeting: say pause reached-extension number-1 number-0 number-0 number-0 leave-message tone',
      'greeting + said → recording: record',
      'greeting + hung-up → done: ',
      'greeting + key # → greeting: say tone',
      'recording + recorded → thanking: keep message 1000, say message-kept goodbye',
      'recording + key # → recording: stop-recording',
      'thanking + said → done: hang-up',
      'thanking + hung-up → done: ',
    ]);
  });

  it('keeps a message that ended with the call, and nothing shorter than a second', () => {
    expect(brief(stepMessageTaking(taking, 'recording', recorded(1_000, 'hung-up'))[1])).toEqual([
      'keep message 1000',
    ]);
    expect(brief(stepMessageTaking(taking, 'recording', recorded(999, 'hung-up'))[1])).toEqual([]);
    expect(brief(stepMessageTaking(taking, 'recording', recorded(0, 'silence'))[1])).toEqual([
      'say message-too-short goodbye',
    ]);
  });

  it("plays the owner's greeting when there is one, and takes nothing into a full box", () => {
    const step = (change: Partial<typeof taking>) =>
      brief(stepMessageTaking({ ...taking, ...change }, 'start', answered)[1]);
    expect(step({ hasGreeting: true })).toEqual(['say pause greeting tone']);
    expect(step({ full: true })).toEqual(['say mailbox-full goodbye']);
  });
});

describe('the mailbox', () => {
  const noon = new Date(2026, 10, 21, 12, 0).getTime();
  const message = (id: string, isNew = true): MailboxMessage => ({
    id,
    from: '1001',
    atMs: noon,
    durationMs: 4_000,
    isNew,
  });
  const box: MailboxContents = {
    box: '1000',
    pin: '1000',
    hasGreeting: false,
    messages: [message('a'), message('b'), message('c', false)],
  };
  const script = (contents = box) =>
    runReducer<MailboxState>(mailboxStart(contents), (state, event) => stepMailbox(contents, state, event));
  /** Runs events; gives the effects of the last one. */
  function after(events: VoiceEvent[], contents = box): string[] {
    const running = script(contents);
    running.handle({ type: 'answered', nowMs: noon });
    return events.map((event) => brief(running.handle(event))).pop() ?? [];
  }
  const keys = (text: string) => [...text].map(key);
  const first =
    'say message-from number-1 number-0 number-0 number-1 message-received today at number-12 o-clock pm pause message tone message-menu';

  it('opens with the right PIN and counts the messages, whether # ends it or not', () => {
    const count = 'say you-have number-2 new-messages and number-1 old-message mailbox-menu';
    expect(after(keys('1000'))).toEqual([count]);
    expect(after(keys('1000#'))).toEqual(['wait 6000']);
    expect(after([...keys('7*1000')])).toEqual([count]);
    expect(after(keys('1000'), { ...box, messages: [] })).toEqual([
      'say you-have no new-messages mailbox-menu',
    ]);
  });

  it('asks three times for the PIN, then hangs up', () => {
    expect(after(keys('1001'))).toEqual(['say wrong-pin enter-pin']);
    expect(after(keys('1#'))).toEqual(['say wrong-pin enter-pin']);
    expect(after([key('1'), waited])).toEqual(['say wrong-pin enter-pin']);
    expect(after(keys('999999999999'))).toEqual(['say wrong-pin goodbye']);
    expect(after([...keys('999999999999'), said])).toEqual(['hang-up']);
    expect(after([...keys('9999#99991000')])).toEqual([
      'say you-have number-2 new-messages and number-1 old-message mailbox-menu',
    ]);
  });

  it('plays, repeats, deletes, saves and skips messages', () => {
    expect(after(keys('10001'))).toEqual([first]);
    expect(after(keys('100011'))).toEqual([first]);
    expect(after(keys('100017'))).toEqual([
      'delete-message a',
      first.replace('say ', 'say message-deleted '),
    ]);
    expect(after(keys('1000177'))[0]).toBe('delete-message b');
    expect(after(keys('100019'))).toEqual(['save-message a', first.replace('say ', 'say message-saved ')]);
    expect(after(keys('1000199'))[0]).toBe('save-message b');
    expect(after(keys('10001###'))).toEqual(['say no-more-messages mailbox-menu']);
    expect(after(keys('1000177 7'.replace(' ', '')))).toEqual([
      'delete-message c',
      'say message-deleted no-more-messages mailbox-menu',
    ]);
    expect(after(keys('10001*'))).toEqual(['say mailbox-menu']);
    expect(after(keys('100015'))).toEqual(['say invalid-key message-menu']);
  });

  it('records, plays and forgets a greeting', () => {
    expect(after(keys('10000'))).toEqual(['say greeting-menu']);
    expect(after(keys('100002'))).toEqual(['say greeting-standard greeting-menu']);
    expect(after([...keys('100001'), said])).toEqual(['record']);
    expect(after([...keys('100001'), said, key('#')])).toEqual(['stop-recording']);
    expect(after([...keys('100001'), said, key('#'), recorded(3_000)])).toEqual([
      'keep greeting 1000',
      'say greeting-kept greeting-menu',
    ]);
    expect(after([...keys('100001'), said, key('#'), recorded(3_000), key('2')])).toEqual([
      'say greeting greeting-menu',
    ]);
    expect(after([...keys('100001'), said, recorded(200)])).toEqual(['say message-too-short greeting-menu']);
    expect(after(keys('100003'))).toEqual(['delete-greeting', 'say greeting-standard greeting-menu']);
    expect(after(keys('10000*'))).toEqual(['say mailbox-menu']);
  });

  it('says goodbye to #, and to a caller who presses nothing', () => {
    expect(after(keys('1000*#'))).toEqual(['say goodbye']);
    expect(after([...keys('1000'), said, waited, said, waited, said, waited])).toEqual(['say goodbye']);
  });
});

describe('no script', () => {
  const message: MailboxMessage = { id: 'a', from: '1001', atMs: 0, durationMs: 2_000, isNew: true };
  const contents: MailboxContents = {
    box: '1000',
    pin: '1',
    hasGreeting: true,
    messages: [message, message],
  };
  const taking = { box: '1000', from: '1000', hasGreeting: true, full: false };
  const scripts: [string, () => VoiceScript][] = [
    ['auto attendant', () => runReducer(attendantStart, stepAttendant)],
    [
      'mailbox',
      () =>
        runReducer<MailboxState>(mailboxStart(contents), (state, event) =>
          stepMailbox(contents, state, event),
        ),
    ],
    [
      'message taking',
      () =>
        runReducer<MessageTakingState>('start', (state, event) => stepMessageTaking(taking, state, event)),
    ],
    [
      'operator',
      () => runReducer<OperatorState>('start', (state, event) => stepOperatorCalled('1000', state, event)),
    ],
    ['clock', () => runReducer(clockStart, (state, event) => stepClock(() => 4_000, state, event))],
  ];

  it.each(scripts)(
    '(%s) ever leaves a caller in silence, and each ends for one who presses nothing',
    (_, make) => {
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom(...'0123456789*#A', 'go on', 'go on', 'go on'), { maxLength: 40 }),
          (moves) => {
            const script = make();
            const line = { saying: false, waiting: false, recording: false, over: false };
            const handle = (event: VoiceEvent): void => {
              for (const effect of script.handle(event)) {
                if (effect.type === 'say') Object.assign(line, { saying: true, waiting: false });
                if (effect.type === 'hush') line.saying = false;
                if (effect.type === 'wait') line.waiting = true;
                if (effect.type === 'record') line.recording = true;
                if (effect.type === 'hang-up' || effect.type === 'go-to') line.over = true;
                if (effect.type === 'stop-recording') {
                  line.recording = false;
                  handle(recorded(2_000));
                }
              }
            };
            const goOn = () => {
              if (line.saying) {
                line.saying = false;
                handle(said);
              } else if (line.waiting) {
                line.waiting = false;
                handle(waited);
              } else if (line.recording) {
                line.recording = false;
                handle(recorded(2_000, 'silence'));
              }
            };
            const check = () => expect(line.over || line.saying || line.waiting || line.recording).toBe(true);
            handle(answered);
            check();
            for (const move of moves) {
              if (line.over) return;
              if (move === 'go on') goOn();
              else {
                line.waiting = false;
                handle(key(move));
              }
              check();
            }
            for (let step = 0; step < 30 && !line.over; step++) goOn();
            expect(line.over).toBe(true);
          },
        ),
        { numRuns: 500 },
      );
    },
  );
});
