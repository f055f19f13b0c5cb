import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountSettings, defaultSettings } from '../../../contract/settings.ts';
import { recordingOf } from '../../../cli/sound-options.ts';
import { UsageError } from '../../../cli/exit-status.ts';
import { accountOf, impairmentOf, parseServer, passwordOf, settingsOf } from '../../../cli/line-options.ts';

describe('parseServer', () => {
  it.each([
    ['pbx.example.com', 'pbx.example.com', 0],
    ['10.0.0.1:5080', '10.0.0.1', 5080],
    ['[2001:db8::1]:5060', '2001:db8::1', 5060],
    ['2001:db8::1', '2001:db8::1', 0],
  ])('reads %s', (text, host, port) => {
    expect(parseServer(text)).toEqual({ host, port });
  });
  it.each(['', 'a:b', 'host:99999', 'http://x/y', 'a b'])('refuses %j', (text) => {
    expect(() => parseServer(text)).toThrow(UsageError);
  });
});

describe('impairmentOf', () => {
  it('reads loss, jitter, reordering and seed in any order', () => {
    expect(impairmentOf('loss=5,jitter=30')).toEqual({
      lossPercent: 5,
      jitterMs: 30,
      reorder: false,
      seed: 1,
    });
    expect(impairmentOf('seed=7, reorder,loss=0.5')).toEqual({
      lossPercent: 0.5,
      jitterMs: 0,
      reorder: true,
      seed: 7,
    });
  });
  it.each(['', 'loss', 'loss=101', 'loss=-1', 'delay=5', 'reorder=yes', 'seed=1.5', 'jitter=2000'])(
    'refuses %j',
    (text) => expect(() => impairmentOf(text)).toThrow(/none of/),
  );
});

describe('accountOf', () => {
  it('finds the way by ICE where candidates may follow', () => {
    const named = { transport: 'udp', server: 'pbx', user: '101' } as const;
    const { ice, ice_trickle } = accountOf({ ...named, iceTrickle: true }) ?? {};
    expect([ice, ice_trickle]).toEqual([true, true]);
    expect(accountOf({ ...named, ice: true })?.ice_trickle).toBe(false);
  });

  it('means the practice PBX without a server', () => {
    expect(accountOf({ transport: 'udp' })).toBeUndefined();
  });
  it('needs an extension with a server', () => {
    expect(() => accountOf({ transport: 'udp', server: 'pbx' })).toThrow(/--user/);
  });
  it('carries domain, transport and WebSocket URI', () => {
    const account = accountOf({
      transport: 'ws',
      server: 'pbx:8088',
      user: '101',
      domain: '172.17.16.24',
      wsUri: 'ws://pbx:8088/asterisk',
    });
    expect(account).toMatchObject({ port: 8088, domain: '172.17.16.24', ws_uri: 'ws://pbx:8088/asterisk' });
  });
});

describe('an account of the phone', () => {
  const stored = [
    { id: 'a1', label: 'Office', user: '100', tls_pins: ['AA'] },
    { id: 'b2', label: 'Home', user: '200' },
    { id: 'c3', label: 'Home', user: '300' },
  ].map((account) => accountSettings.parse({ kind: 'sip', server: 'pbx', ...account }));
  const named = (account: string) => accountOf({ transport: 'udp', account }, stored);

  it.each([
    ['its label, in any case', 'office', 'a1'],
    ['its extension', '300', 'c3'],
    ['its id', 'b2', 'b2'],
  ])('is found by %s', (_how, name, id) => {
    expect(named(name)?.id).toBe(id);
  });
  it('must be there, and be one', () => {
    expect(() => named('Attic')).toThrow(
      'There is no account Attic. Known: Office (100), Home (200), Home (300).',
    );
    expect(() => named('Home')).toThrow(/several/);
    expect(() =>
      accountOf({ transport: 'udp', account: 'Office', server: 'pbx', user: '1' }, stored),
    ).toThrow(/either/);
  });
  it('keeps what it trusts, beside what the command line trusts', () => {
    const account = accountOf({ transport: 'udp', account: 'Office', trust: ['BB'], ca: 'PEM' }, stored);
    expect(account).toMatchObject({ tls_pins: ['AA', 'BB'], tls_ca: 'PEM' });
  });
});

describe('passwordOf', () => {
  it('takes the first line of the file and never prints it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'sidetone-')), 'password');
    writeFileSync(file, 'hunter2\r\nmore\n');
    const secret = passwordOf({ transport: 'udp', passwordFile: file });
    expect(secret?.reveal()).toBe('hunter2');
    expect(`${String(secret)} ${JSON.stringify(secret)}`).not.toContain('hunter2');
  });
  it('says which file cannot be read', () => {
    expect(() => passwordOf({ transport: 'udp', passwordFile: '/nowhere/pw' })).toThrow(
      /\/nowhere\/pw.*ENOENT/,
    );
  });
});

describe('settingsOf', () => {
  it('offers only the named codecs, in their order, and keeps telephone-event', () => {
    const { codecs } = settingsOf(defaultSettings, { codecs: ['PCMA'] });
    const offered = codecs.filter(({ enabled }) => enabled).map(({ name }) => name);
    expect(offered).toEqual(['PCMA', 'telephone-event']);
  });
  it('refuses a key duration that the settings would refuse', () => {
    expect(() => settingsOf(defaultSettings, { dtmfDuration: 5 })).toThrow(/dtmf\.duration/);
  });
});

describe('recordingOf', () => {
  it('numbers the files of further calls', () => {
    expect([1, 2, 3].map((nth) => recordingOf('a/out.wav', nth))).toEqual([
      'a/out.wav',
      'a/out-2.wav',
      'a/out-3.wav',
    ]);
    expect(recordingOf('plain', 2)).toBe('plain-2');
  });
});
