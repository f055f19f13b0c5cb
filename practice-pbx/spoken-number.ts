/** Numbers, counts and extensions as strings of prompts. Pure. */
import type { PromptName } from './prompt-texts.ts';

/** A whole number from 0 to 99, in words. Larger ones are said as "more than ninety-nine". */
export function spokenNumber(value: number): PromptName[] {
  if (value > 99) return ['more-than', ...spokenNumber(99)];
  if (value <= 20 || value % 10 === 0) return [`number-${value}`];
  return [`number-${value - (value % 10)}`, `number-${value % 10}`];
}

/** "no new messages", "one new message", "two new messages". */
export function spokenCount(count: number, one: PromptName, many: PromptName): PromptName[] {
  if (count === 0) return ['no', many];
  return [...spokenNumber(count), count === 1 ? one : many];
}

/** One key of the keypad: `0`–`9`, `*`, `#`, `A`–`D` (RFC 4733 §3.2). */
export function spokenKey(key: string): PromptName[] {
  if (/^[0-9]$/.test(key)) return [`number-${Number(key)}`];
  switch (key.toUpperCase()) {
    case '*':
      return ['key-star'];
    case '#':
      return ['key-pound'];
    case 'A':
      return ['key-a'];
    case 'B':
      return ['key-b'];
    case 'C':
      return ['key-c'];
    case 'D':
      return ['key-d'];
    default:
      return [];
  }
}

/** An extension, key by key; what cannot be said is left out. */
export function spokenExtension(extension: string): PromptName[] {
  return [...extension].flatMap(spokenKey);
}
