/**
 * Everything the practice PBX can say, by name. `resources/make-prompts.mjs` speaks each text into
 * `resources/prompts/<name>.wav`; longer sentences are strung together from these (spoken-time.ts, spoken-number.ts).
 */
const sentences = {
  // Auto attendant (0)
  'attendant-welcome': 'Welcome to the practice line.',
  'attendant-menu':
    'For the operator, press 1. For the speaking clock, press 2. For the echo test, press 3. To hear this again, press 9.',
  'invalid-key': 'Sorry, that is not one of the choices.',
  'still-there': 'Are you still there?',
  goodbye: 'Goodbye.',

  // Operator (1001)
  'operator-calls-back': 'Hello, this is the operator. I will call you back in a moment.',
  'operator-calling':
    'Hello, this is the operator, calling you back. Your phone can be called. This was your incoming call.',

  // Echo test (*43)
  'echo-intro':
    'This is the echo test. Say something, and you will hear it. Press any key, and I will tell you which.',
  'you-pressed': 'You pressed',

  // Speaking clock (*60)
  'clock-at-the-tone': 'At the tone, it will be',
  'clock-and': 'and',
  'clock-seconds': 'seconds.',
  'clock-exactly': 'exactly.',

  // Leaving a message (*<extension>)
  'reached-extension': 'Extension',
  'leave-message': 'Please leave a message after the tone.',
  'message-kept': 'Thank you. Your message is kept.',
  'message-too-short': 'Nothing was recorded.',
  'mailbox-full': 'This mailbox is full.',

  // Your mailbox (*97)
  'mailbox-welcome': 'Your mailbox.',
  'enter-pin': 'Please enter your PIN.',
  'wrong-pin': 'That PIN is not right.',
  'you-have': 'You have',
  no: 'no',
  'more-than': 'more than',
  'new-message': 'new message.',
  'new-messages': 'new messages.',
  'old-message': 'old message.',
  'old-messages': 'old messages.',
  and: 'and',
  'mailbox-menu': 'To listen, press 1. To change your greeting, press 0. To finish, press pound.',
  'message-from': 'From extension',
  'message-received': 'received',
  'message-menu':
    'To delete this message, press 7. To save it and go on, press 9. To hear it again, press 1. To skip it, press pound. For the main menu, press star.',
  'message-deleted': 'Deleted.',
  'message-saved': 'Saved.',
  'no-more-messages': 'There are no more messages.',
  'greeting-menu':
    'To record your greeting, press 1. To hear it, press 2. To return to the standard greeting, press 3. For the main menu, press star.',
  'record-greeting': 'Record your greeting after the tone, then press pound.',
  'greeting-kept': 'Your greeting is kept.',
  'greeting-standard': 'The standard greeting is in use.',

  // Days and times
  today: 'today',
  yesterday: 'yesterday',
  at: 'at',
  on: 'on',
  the: 'the',
  oh: 'oh',
  'o-clock': "o'clock",
  am: 'ay em',
  pm: 'pea em',

  // Keys that are not numbers
  'key-star': 'star',
  'key-pound': 'pound',
  'key-a': 'A',
  'key-b': 'B',
  'key-c': 'C',
  'key-d': 'D',
} as const;

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;

/** Numbers with a recording of their own; the others are said as tens and ones. */
const numbers = [...Array(21).keys(), 30, 40, 50, 60, 70, 80, 90];
/** Days of the month with a recording of their own; the others are said as `twenty` `first`. */
const ordinals: readonly [number, string][] = [
  [1, 'first'],
  [2, 'second'],
  [3, 'third'],
  [4, 'fourth'],
  [5, 'fifth'],
  [6, 'sixth'],
  [7, 'seventh'],
  [8, 'eighth'],
  [9, 'ninth'],
  [10, 'tenth'],
  [11, 'eleventh'],
  [12, 'twelfth'],
  [13, 'thirteenth'],
  [14, 'fourteenth'],
  [15, 'fifteenth'],
  [16, 'sixteenth'],
  [17, 'seventeenth'],
  [18, 'eighteenth'],
  [19, 'nineteenth'],
  [20, 'twentieth'],
  [30, 'thirtieth'],
];

export type PromptName =
  | keyof typeof sentences
  | `day-${(typeof weekdays)[number]}`
  | `month-${(typeof months)[number]}`
  | `number-${number}`
  | `ordinal-${number}`;

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Name → text, for every recording. */
export const promptTexts: ReadonlyMap<PromptName, string> = new Map<PromptName, string>([
  ...(Object.entries(sentences) as [PromptName, string][]),
  ...weekdays.map((day): [PromptName, string] => [`day-${day}`, capital(day)]),
  ...months.map((month): [PromptName, string] => [`month-${month}`, capital(month)]),
  ...numbers.map((number): [PromptName, string] => [`number-${number}`, `${number}`]),
  ...ordinals.map(([number, word]): [PromptName, string] => [`ordinal-${number}`, word]),
]);

/** `getDay()` → prompt. */
export function weekdayPrompt(day: number): PromptName {
  return `day-${weekdays[day] ?? 'sunday'}`;
}

/** `getMonth()` → prompt. */
export function monthPrompt(month: number): PromptName {
  return `month-${months[month] ?? 'january'}`;
}
