import { expect, it } from 'vitest';
import type { MediaPathInfo } from '../../../contract/snapshot.ts';
import {
  carriage,
  delays,
  factsAsText,
  measures,
  pathWords,
} from '../../../renderer/features/call/call-facts.ts';
import { scenes, scriptedStats } from '../../support/scenes.ts';
import { scriptedCall } from '../../support/scripted-phone.ts';

const path = (parts: Partial<MediaPathInfo>): MediaPathInfo => ({
  local: 'direct',
  remote: 'direct',
  protocol: 'udp',
  localAddress: '192.168.1.20:10000',
  remoteAddress: '198.51.100.7:4002',
  ...parts,
});

it.each([
  [path({}), 'Straight to 198.51.100.7:4002'],
  [path({ local: 'host', remote: 'host' }), 'Straight to 198.51.100.7:4002'],
  [path({ local: 'srflx', remote: 'host' }), 'Through a router to 198.51.100.7:4002'],
  [path({ local: 'host', remote: 'prflx' }), 'Through a router to 198.51.100.7:4002'],
  [path({ local: 'host', remote: 'relay' }), 'Through their relay 198.51.100.7:4002'],
  [
    path({ local: 'relay', remote: 'srflx', protocol: 'tls', localAddress: 'turn.example.com:5349' }),
    'Through relay turn.example.com:5349 (TLS)',
  ],
])('tells the way of the sound %j', (way, words) => {
  expect(pathWords(way)).toBe(words);
});

it('counts late packets as lost, and leaves out what nobody has measured', () => {
  const stats = { ...scriptedStats(10), received: 90, lost: 10, late: 5, remote: null, rttMs: null };
  expect(measures(stats)[0]).toEqual({ name: 'Lost or late', here: '15 %', there: '' });
  expect(delays(stats).map(({ name }) => name)).not.toContain('Round trip');
});

it('adds up what the far side lost and threw away, and tells what was thrown away here', () => {
  const remote = { lostPercent: 2, jitterMs: 3, mos: 3.9, discardedPercent: 1, endDelayMs: 60 };
  const stats = { ...scriptedStats(10), discarded: 12, remote };
  expect(measures(stats)[0]?.there).toBe('3.0 %');
  expect(delays(stats)).toContainEqual({ name: 'Thrown away', value: '12 packets' });
  expect(delays({ ...stats, discarded: 0 }).map(({ name }) => name)).not.toContain('Thrown away');
});

it('says nothing of a sound that is not there', () => {
  expect(carriage(scriptedCall({ media: [] }), undefined)).toEqual([]);
});

it('writes the same for IT, with the worst moment', () => {
  const { snapshot, quality } = scenes['call-details'];
  const [call] = snapshot.calls;
  if (call === undefined) throw new Error('the scene has no call');
  const text = factsAsText(call, {
    who: 'Anna Keller',
    stats: scriptedStats(60),
    points: quality,
    version: '0.1.0',
  });
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'Sidetone 0.1.0',
      'Call with: Anna Keller <sip:1042@pbx.example.com>',
      'Way of the sound: Through relay turn.example.com:5349 (TLS)',
      expect.stringMatching(/^Encryption: Encrypted\. .*AEAD_AES_256_GCM\.$/),
      'Jitter: Here 2 ms, There 3 ms',
      'Lowest MOS: 2.5',
    ]),
  );
});
