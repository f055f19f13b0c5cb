/** Times and durations in words. All take milliseconds since 1970 or seconds, and the clock's reading, never the clock. */
import { en } from './en.ts';

const dayMs = 86_400_000;

/** A running call's time: 4:07 as `04:07`, from an hour on `1:04:07`. */
export function timerText(elapsedMs: number): string {
  const seconds = Math.max(Math.floor(elapsedMs / 1000), 0);
  const two = (value: number) => `${value}`.padStart(2, '0');
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(seconds % 60)}`;
}

/** How long people talked: `38 s`, `4 min`, `1 h 5 min`; nothing for nothing. */
export function talkText(seconds: number): string {
  if (seconds <= 0) return '';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago: `just now`, `40 s ago`, `4 min ago`. */
export function agoText(elapsedMs: number): string {
  const seconds = Math.round(elapsedMs / 1000);
  return seconds < 5 ? en.justNow : en.ago(talkText(seconds));
}

export function clockText(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** When a call was: the time today, else the day. */
export function whenText(at: number, now: number): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at >= midnight) return clockText(at);
  if (at >= midnight - dayMs) return en.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Date(at).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}
