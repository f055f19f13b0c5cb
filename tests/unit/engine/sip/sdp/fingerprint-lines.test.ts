import { describe, expect, it } from 'vitest';
import {
  readFingerprints,
  readTlsId,
  roleAfterAnswer,
  roleInAnswer,
  writeFingerprint,
} from '../../../../../engine/sip/sdp/fingerprint-lines.ts';

describe('a=fingerprint', () => {
  it('is read whatever its case, and passed over when it is none', () => {
    expect(readFingerprints(['SHA-256 ab:CD:01', 'sha-256', 'sha-256 ABCD01', ''])).toEqual([
      { algorithm: 'sha-256', value: 'AB:CD:01' },
    ]);
  });

  it('is written with who begins', () => {
    expect(writeFingerprint({ algorithm: 'sha-256', value: 'AB:CD' }, 'actpass', null)).toEqual([
      'a=fingerprint:sha-256 AB:CD',
      'a=setup:actpass',
    ]);
  });
});

describe('a=tls-id', () => {
  const id = '0123456789abcdef+/-_';

  it('is written beside the fingerprint', () => {
    const lines = writeFingerprint({ algorithm: 'sha-256', value: 'AB:CD' }, 'active', id);
    expect(lines.at(-1)).toBe(`a=tls-id:${id}`);
  });

  it.each([
    [[id], id],
    [[` ${id} `], id],
    [[], null],
    [['short'], null],
    [[`${id} and more`], null],
    [['x'.repeat(256)], null],
  ])('%j is read as %j', (values, read) => {
    expect(readTlsId(values)).toBe(read);
  });
});

describe('a=setup', () => {
  it.each([
    ['actpass', undefined, 'active'],
    ['actpass', 'passive', 'passive'],
    ['actpass', 'active', 'active'],
    ['active', 'active', 'passive'],
    ['passive', 'passive', 'active'],
    [undefined, undefined, 'passive'],
    ['holdconn', 'active', undefined],
    ['nonsense', undefined, undefined],
  ] as const)('%s in an offer, while we are %s, makes us %s', (setup, present, role) => {
    expect(roleInAnswer(setup, present)).toBe(role);
  });

  it.each([
    ['active', 'passive'],
    ['passive', 'active'],
    [undefined, 'active'],
    ['actpass', undefined],
    ['holdconn', undefined],
  ] as const)('%s in an answer makes us %s', (setup, role) => {
    expect(roleAfterAnswer(setup)).toBe(role);
  });
});
