import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answeredElsewhere,
  anonymousParty,
  callerOf,
  connectedPartyOf,
  referrerOf,
  renamed,
} from '../../../../engine/sip/caller-identity.ts';

/** A message with these headers; a list stands for a repeated one. */
function message(given: Record<string, string | string[]>) {
  const getHeaders = (name: string) => [given[name] ?? []].flat();
  return { getHeaders, getHeader: (name: string) => getHeaders(name)[0] };
}
const From = '"Bob" <sip:1@x>;tag=1';

describe('the caller', () => {
  it('is whom the server asserts, else its older header, else From', () => {
    const rpid = '<sip:2@x>;party=calling';
    expect(callerOf(message({ From })).number).toBe('1');
    expect(callerOf(message({ From, 'Remote-Party-ID': rpid })).number).toBe('2');
    const all = { From, 'Remote-Party-ID': rpid, 'P-Asserted-Identity': 'tel:3' };
    expect(callerOf(message(all)).number).toBe('3');
    expect(callerOf(message({}))).toEqual({ number: '', name: '', uri: '' });
  });

  it.each([
    ['in two headers', ['<tel:+49305550142>', '"Anna" <sip:1001@pbx>']],
    ['in one list', ['"Anna" <tel:+49305550142>, <sip:1001@pbx>']],
    ['the other way round', ['<sip:1001@pbx>', '"Anna" <tel:+49305550142>']],
  ])('asserted as a telephone number and an address %s is one person', (_way, identities) => {
    const caller = callerOf(message({ From, 'P-Asserted-Identity': identities }));
    expect(caller).toEqual({ number: '1001', name: 'Anna', uri: 'sip:1001@pbx' });
  });

  it.each([
    ['From', { From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1' }],
    ['a From of the PBX', { From: '<sip:anonymous@pbx.example>;tag=1' }],
    ['Privacy', { From, 'P-Asserted-Identity': '<sip:2@x>', Privacy: 'id;critical' }],
    ['Remote-Party-ID', { From, 'Remote-Party-ID': '"Bob" <sip:2@x>;party=calling;privacy=full;screen=yes' }],
  ])('who withholds the identity by %s is anonymous', (_way, headers) => {
    expect(callerOf(message(headers as Record<string, string>))).toEqual(anonymousParty);
  });

  it('is shown as far as Remote-Party-ID allows', () => {
    const rpid = (privacy: string) =>
      callerOf(message({ From, 'Remote-Party-ID': `"Carol" <sip:3@x>;privacy=${privacy}` }));
    expect(rpid('off')).toMatchObject({ number: '3', name: 'Carol' });
    expect(rpid('name')).toMatchObject({ number: '3', name: '' });
    expect(rpid('uri')).toMatchObject({ number: '', name: 'Carol' });
  });

  it('never throws', () => {
    const text = fc.string({ unit: 'binary' });
    const headers = { 'P-Asserted-Identity': text, 'Remote-Party-ID': text, Privacy: text, Diversion: text };
    fc.assert(
      fc.property(fc.record({ ...headers, From: text }), (given) => {
        callerOf(message(given));
        referrerOf(message(given));
      }),
    );
  });
});

describe('the connected party', () => {
  it('is whom the server names in its answer; From and To say nothing about it', () => {
    expect(connectedPartyOf(message({ From, To: From }))).toBeUndefined();
    const told = message({ 'P-Asserted-Identity': '"Dora" <sip:4@x>' });
    expect(connectedPartyOf(told)).toMatchObject({ number: '4', name: 'Dora' });
  });

  it('keeps the name that was known when only the number is told again', () => {
    const anna = { number: '1001', name: 'Anna', uri: 'sip:1001@a' };
    expect(renamed(anna, { number: '1001', name: '', uri: 'sip:1001@b' }).name).toBe('Anna');
    expect(renamed(anna, { number: '1002', name: '', uri: 'sip:1002@b' }).name).toBe('');
  });
});

describe('who sent the call here', () => {
  it.each([
    [{ 'Referred-By': '"Eve" <sip:5@x>', Diversion: '<sip:6@x>' }, '5', 'transferred'],
    [{ Diversion: ['<sip:6@x>;reason=no-answer, <sip:7@x>', '<sip:8@x>'] }, '6', 'forwarded'],
    [{ 'History-Info': '<sip:8@x>;index=1, <sip:9@x>;index=1.1, <sip:me@x>;index=1.2' }, '9', 'forwarded'],
  ])('%j', (headers, number, how) => {
    expect(referrerOf(message(headers))).toMatchObject({ number, how });
  });

  it('is nobody for a call that came straight', () => {
    expect(referrerOf(message({ From }))).toBeNull();
    expect(referrerOf(message({ 'History-Info': '<sip:me@x>;index=1' }))).toBeNull();
  });
});

describe('the Reason header', () => {
  it.each([
    [['SIP;cause=200;text="Call completed elsewhere"'], true],
    [['SIP ;cause=200'], true],
    [['Q.850;cause=26', 'SIP;cause=600;text="Call Completed Elsewhere"'], true],
    [['SIP;text="taken";cause=200, Q.850;cause=16'], true],
    [['Q.850;cause=26'], true],
    [['SIP;cause=487;text="Picked up elsewhere"'], true],
    [['Q.850;cause=16;text="Normal"'], false],
    [['Q.850;cause=260'], false],
    [['SIP;cause=2000'], false],
    [[], false],
  ])('%j → answered elsewhere: %s', (reasons, expected) => {
    expect(answeredElsewhere(reasons)).toBe(expected);
  });
});
