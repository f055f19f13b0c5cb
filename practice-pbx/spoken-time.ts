/** Times and dates as strings of prompts, in the local time zone of the computer. Pure. */
import { type PromptName, monthPrompt, weekdayPrompt } from './prompt-texts.ts';
import { spokenNumber } from './spoken-number.ts';

/** "ten forty-two", "ten oh five", "ten o'clock", each with "a m" or "p m". */
export function spokenTimeOfDay(at: Date): PromptName[] {
  const hours = at.getHours();
  return [
    ...spokenNumber(hours % 12 === 0 ? 12 : hours % 12),
    ...spokenMinutes(at.getMinutes()),
    hours < 12 ? 'am' : 'pm',
  ];
}

function spokenMinutes(minutes: number): PromptName[] {
  if (minutes === 0) return ['o-clock'];
  return minutes < 10 ? ['oh', ...spokenNumber(minutes)] : spokenNumber(minutes);
}

/** "today", "yesterday", or "on Saturday, November the twenty-first". */
export function spokenDay(at: Date, now: Date): PromptName[] {
  const daysAgo = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (daysAgo === 0) return ['today'];
  if (daysAgo === 1) return ['yesterday'];
  return [
    'on',
    weekdayPrompt(at.getDay()),
    monthPrompt(at.getMonth()),
    'the',
    ...spokenDayOfMonth(at.getDate()),
  ];
}

function spokenDayOfMonth(day: number): PromptName[] {
  if (day <= 20 || day === 30) return [`ordinal-${day}`];
  return [`number-${day - (day % 10)}`, `ordinal-${day % 10}`];
}

/** Whole days apart are told by midnights; rounding takes in the hour that daylight saving moves. */
function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** What the speaking clock says before the tone that falls at `at` (a whole second). */
export function spokenClock(at: Date): PromptName[] {
  const seconds = at.getSeconds();
  const end: PromptName[] =
    seconds === 0 ? ['clock-exactly'] : ['clock-and', ...spokenNumber(seconds), 'clock-seconds'];
  return ['clock-at-the-tone', ...spokenTimeOfDay(at), ...end];
}
