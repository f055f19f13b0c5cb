import { expect, it } from 'vitest';
import {
  accountOf,
  draftOf,
  draftProblems,
  emptyDraft,
  encryptionSentence,
  parseServer,
} from '../../../renderer/features/settings/account-draft.ts';
import { requests } from '../../../contract/phone.ts';
import { scenes } from '../../support/scenes.ts';

it.each([
  ['pbx.example.com', { server: 'pbx.example.com', port: 0 }],
  ['pbx.example.com:5080', { server: 'pbx.example.com', port: 5080 }],
  ['sip:10.0.0.1', { server: '10.0.0.1', port: 0 }],
  ['[2001:db8::1]:5060', { server: '2001:db8::1', port: 5060 }],
  ['2001:db8::1', { server: '2001:db8::1', port: 0 }],
  ['pbx example', null],
  ['pbx:99999', null],
  ['anna@pbx', null],
])('reads the server %s', (text, parsed) => {
  expect(parseServer(text)).toEqual(parsed);
});

it('names each field that is missing', () => {
  expect(Object.keys(draftProblems(emptyDraft, false))).toEqual(['server', 'user', 'password']);
  expect(Object.keys(draftProblems(emptyDraft, true))).toEqual(['server', 'user']);
});

it('refuses an extension with @ and a WebSocket address without its scheme', () => {
  const draft = { ...emptyDraft, server: 'pbx', user: '1001@pbx', password: 'x', wsUri: 'pbx/ws' };
  expect(Object.keys(draftProblems(draft, false))).toEqual(['user', 'wsUri']);
});

it('makes an account that the contract takes', () => {
  const draft = { ...emptyDraft, server: 'pbx.example.com:5080', user: ' 1001 ', password: 'secret' };
  const input = { account: accountOf(draft), password: draft.password };
  expect(requests['account.add'].in.parse(input)).toMatchObject({
    account: { server: 'pbx.example.com', port: 5080, user: '1001', label: 'pbx.example.com' },
  });
});

it('shows a stored account and makes the same one of it again', () => {
  const [stored] = scenes.settings.snapshot.settings.accounts;
  if (stored === undefined) throw new Error('the scene has no account');
  for (const account of [stored, { ...stored, server: '2001:db8::1', port: 5070 }]) {
    expect(account).toMatchObject(accountOf(draftOf(account)));
  }
});

it('refuses an expiry out of bounds and half a certificate', () => {
  const draft = { ...emptyDraft, server: 'pbx', user: '1', password: 'x' };
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  expect(draftProblems({ ...draft, registerExpires: '29', tlsCa: pem.slice(0, 40) }, false)).toMatchObject({
    registerExpires: expect.any(String),
    tlsCa: expect.any(String),
  });
  expect(draftProblems({ ...draft, registerExpires: '86400', tlsCa: `${pem}${pem}` }, false)).toEqual({});
});

it('keeps what an account says when nothing is changed', () => {
  const [stored] = scenes.keypad.snapshot.settings.accounts.concat(scenes.finding.snapshot.settings.accounts);
  if (stored === undefined) throw new Error('the scene has an account');
  const { id: _id, kind: _kind, enabled: _enabled, forward: _forward, password: _password, ...rest } = stored;
  expect(accountOf(draftOf(stored))).toEqual(rest);
});

it.each([
  ['sdes', 'udp', 'warn'],
  ['optional', 'tcp', 'warn'],
  ['sdes', 'tls', 'fine'],
  ['sdes', 'auto', 'fine'],
  ['dtls', 'udp', 'fine'],
  ['off', 'udp', 'fine'],
] as const)('warns where keys travel in the clear: %s over %s is %s', (mediaEncryption, transport, state) => {
  expect(encryptionSentence({ ...emptyDraft, mediaEncryption, transport }).state).toBe(state);
});
