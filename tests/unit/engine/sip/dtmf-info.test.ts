import { describe, expect, it } from 'vitest';
import { readDtmf, writeDtmfRelay } from '../../../../engine/sip/dtmf-info.ts';

describe('keys in INFO', () => {
  it('survive writing and reading', () => {
    for (const digit of '0123456789*#ABCD') {
      const body = writeDtmfRelay({ digit, durationMs: 160 });
      expect(readDtmf('application/dtmf-relay', body)).toEqual({ digit, durationMs: 160 });
    }
  });

  it.each([
    ['application/dtmf-relay; charset=x', 'Signal= 5\nDuration= 250', '5', 250],
    ['Application/DTMF-Relay', 'signal=11', '#', 160],
    ['application/dtmf', '5\r\n', '5', 160],
    ['application/dtmf', 'a', 'A', 160],
  ])('%s %j', (type, body, digit, durationMs) => {
    expect(readDtmf(type, body)).toEqual({ digit, durationMs });
  });

  it.each([
    ['application/dtmf-relay', 'Duration=5'],
    ['application/dtmf-relay', 'Signal=!'],
    ['application/dtmf', '55'],
    ['text/plain', '5'],
  ])('%s %j is no key', (type, body) => {
    expect(readDtmf(type, body)).toBeUndefined();
  });
});
