import { describe, expect, it } from 'vitest';
import { readFragment, writeFragment } from '../../../../../engine/sip/sdp/candidate-fragment.ts';
import { mulberry32 } from '../../../../support/prng.ts';

const candidate = '1 1 UDP 2130706431 192.0.2.1 5000 typ host';
const ours = { ufrag: '8hhY', pwd: 'asd88fgpdd777uzjYhagZg', candidates: [candidate], complete: true };
const text = (...lines: string[]) => `${lines.join('\r\n')}\r\n`;
const credentials = ['a=ice-pwd:asd88fgpdd777uzjYhagZg', 'a=ice-ufrag:8hhY'];
const stream = ['m=audio 9 RTP/AVP 0', 'a=mid:1'];

describe('a fragment of candidates', () => {
  it('is written as RFC 8840 §4.4 shows it', () => {
    expect(writeFragment(ours, '1')).toBe(
      text(...credentials, ...stream, `a=candidate:${candidate}`, 'a=end-of-candidates'),
    );
  });

  it('is read as it was written', () => {
    expect(readFragment(writeFragment(ours, '1'), '1')).toEqual({ ok: true, value: ours });
    const open = { ...ours, complete: false };
    expect(readFragment(writeFragment(open, '1'), '1')).toEqual({ ok: true, value: open });
  });

  it('speaks of the stream of that name alone', () => {
    const other = ['m=video 9 RTP/AVP 0', 'a=mid:2', 'a=candidate:2', 'a=end-of-candidates'];
    const body = text(...credentials, ...other, ...stream, `a=candidate:${candidate}`);
    expect(readFragment(body, '1')).toEqual({ ok: true, value: { ...ours, complete: false } });
    expect(readFragment(body, '7')).toEqual({ ok: true, value: null });
  });

  it('may name credentials and the end for the stream, or for all', () => {
    const own = text(...stream, ...credentials, `a=candidate:${candidate}`, 'a=end-of-candidates');
    const all = text(...credentials, 'a=end-of-candidates', ...stream, `a=candidate:${candidate}`);
    for (const body of [own, all]) expect(readFragment(body, '1')).toEqual({ ok: true, value: ours });
  });

  it('may hold lines that nobody here knows, and bare line feeds', () => {
    const body = ['c=IN IP4 0.0.0.0', 'a=group:BUNDLE 1 2', ...credentials, ...stream, 'a=strange'].join(
      '\n',
    );
    expect(readFragment(body, '1')).toMatchObject({ ok: true, value: { candidates: [] } });
  });

  it.each([
    ['nothing', ''],
    ['no stream', text(...credentials)],
    ['no SDP', 'hello'],
    ['a line without a value', text(...credentials, 'm=', 'a=mid:1')],
    ['binary', '\u0000\u0001\r\nm=audio 9'],
    [
      'more candidates than anybody has',
      text(...credentials, ...stream, ...Array(257).fill('a=candidate:1')),
    ],
    ['more text than anybody needs', text(...credentials, ...stream, `a=x:${'x'.repeat(70_000)}`)],
  ])('of %s is malformed', (_name, body) => {
    expect(readFragment(body, '1')).toEqual({ ok: false, problem: 'malformed' });
  });

  it.each([
    ['without credentials', text(...stream)],
    ['without a password', text('a=ice-ufrag:8hhY', ...stream)],
    ['with an empty name', text('a=ice-ufrag:', 'a=ice-pwd:x', ...stream)],
  ])('%s belongs to nobody', (_name, body) => {
    expect(readFragment(body, '1')).toEqual({ ok: false, problem: 'nameless' });
  });

  it('is a value whatever the octets', () => {
    const random = mulberry32(7);
    const whole = writeFragment(ours, '1');
    for (let round = 0; round < 2_000; round += 1) {
      const letters = [...whole];
      for (let change = 0; change < 4; change += 1)
        letters[Math.floor(random() * letters.length)] = String.fromCharCode(Math.floor(random() * 256));
      expect(typeof readFragment(letters.join(''), '1').ok).toBe('boolean');
    }
  });
});
