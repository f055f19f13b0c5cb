import { describe, expect, it } from 'vitest';
import {
  answerSessionTimer,
  intervalOfAnswer,
  leastIntervalOf,
  sessionHeaders,
  sessionTimerRefusal,
} from '../../../../engine/sip/session-expires.ts';

/** A message with these headers. */
function message(headers: Record<string, string> = {}) {
  const get = (name: string) => headers[name];
  return { getHeader: get, getHeaders: (name: string) => [get(name) ?? []].flat() };
}
const timer = { Supported: '100rel, timer' };

describe('the headers of session timers', () => {
  it('ask for an interval, and keep the refresher that there is', () => {
    expect(sessionHeaders({ seconds: 3600, refresher: undefined, leastSeconds: 90 })).toEqual([
      'Session-Expires: 3600',
    ]);
    expect(sessionHeaders({ seconds: 3600, refresher: 'us', leastSeconds: 90 })).toEqual([
      'Session-Expires: 3600;refresher=uac',
    ]);
    expect(sessionHeaders({ seconds: 3600, refresher: 'them', leastSeconds: 90 })).toEqual([
      'Session-Expires: 3600;refresher=uas',
    ]);
  });

  it('ask for as long as a 422 has wanted', () => {
    expect(sessionHeaders({ seconds: 1800, refresher: undefined, leastSeconds: 4000 })).toEqual([
      'Session-Expires: 4000',
      'Min-SE: 4000',
    ]);
  });

  it.each([
    ['1800;refresher=uac', { seconds: 1800, refresher: 'us' }],
    ['1800 ; Refresher=UAS', { seconds: 1800, refresher: 'them' }],
    ['1800', { seconds: 1800, refresher: 'us' }],
    ['10;refresher=uas', { seconds: 90, refresher: 'them' }],
    ['999999999;refresher=uas', { seconds: 604_800, refresher: 'them' }],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
  ] as const)('read an answer that says "%s"', (value, expected) => {
    expect(intervalOfAnswer(message({ 'Session-Expires': value }))).toEqual(expected);
  });

  it('read an answer that says nothing', () => {
    expect(intervalOfAnswer(message())).toBeUndefined();
  });

  it.each([
    ['120', 120],
    ['30', 90],
    ['x', 90],
  ])('read a Min-SE of %s', (value, expected) => {
    expect(leastIntervalOf(message({ 'Min-SE': value }))).toBe(expected);
  });

  it('refuse what is too short, but only to whoever can make something of it', () => {
    const short = { 'Session-Expires': '60' };
    expect(sessionTimerRefusal(message({ ...timer, ...short }))).toEqual(['Min-SE: 90']);
    expect(sessionTimerRefusal(message(short))).toBeUndefined();
    expect(sessionTimerRefusal(message({ ...timer, 'Session-Expires': '90' }))).toBeUndefined();
    expect(sessionTimerRefusal(message(timer))).toBeUndefined();
  });

  it.each([
    ['a caller who asks for nothing', timer, undefined, '3600;refresher=uac', 'them'],
    ['a caller who does not know session timers', {}, undefined, '3600;refresher=uas', 'us'],
    ['a shorter wish', { ...timer, 'Session-Expires': '600' }, undefined, '600;refresher=uac', 'them'],
    ['a longer wish', { ...timer, 'Session-Expires': '7200' }, undefined, '3600;refresher=uac', 'them'],
    [
      'a longer least',
      { ...timer, 'Session-Expires': '7200', 'Min-SE': '5000' },
      undefined,
      '5000;refresher=uac',
      'them',
    ],
    [
      'a wish that we refresh',
      { ...timer, 'Session-Expires': '600;refresher=uas' },
      undefined,
      '600;refresher=uas',
      'us',
    ],
    ['a re-INVITE while we refresh', { ...timer, 'Session-Expires': '600' }, 'us', '600;refresher=uas', 'us'],
    [
      'a proxy that asks for a caller who does not know',
      { 'Session-Expires': '600' },
      undefined,
      '600;refresher=uas',
      'us',
    ],
  ] as const)('answer %s', (_who, headers, refresher, expires, agreed) => {
    const answer = answerSessionTimer(message(headers), { seconds: 3600, refresher });
    expect(answer.headers[0]).toBe(`Session-Expires: ${expires}`);
    expect(answer.headers.includes('Require: timer')).toBe(agreed === 'them');
    expect(answer.interval).toEqual({ seconds: Number.parseInt(expires, 10), refresher: agreed });
  });
});
