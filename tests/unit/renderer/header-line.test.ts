import { expect, it } from 'vitest';
import { headerLine, type HeaderLine } from '../../../renderer/features/status/header-line.ts';
import { scenes, type SceneName } from '../../support/scenes.ts';

const line = (scene: SceneName) => headerLine(scenes[scene].snapshot, 'open', Date.now());

it.each<[SceneName, Partial<HeaderLine>]>([
  ['recents', { light: 'registered', words: 'Ready', forwarded: false }],
  ['trouble-registration', { light: 'failed', words: 'Not reachable' }],
  ['call', { light: 'registered', words: 'Not encrypted' }],
  ['forwarding', { light: 'registered', words: 'Calls go to 1042', forwarded: true }],
  ['do-not-disturb', { light: 'registered', words: 'Do not disturb', forwarded: false }],
  ['presence-away', { light: 'registered', words: 'Away · back at two', forwarded: false }],
  ['network-back', { light: 'registered', words: 'Back after 1.4 s.' }],
  ['network-changing', { light: 'registering', words: 'Network is changing…' }],
])('%s: %j', (scene, expected) => {
  expect(line(scene)).toMatchObject(expected);
});

it('shows no full light while there is no network, whatever the last registration said', () => {
  expect(line('offline')).toEqual({
    light: 'off',
    lightWords: 'Offline',
    words: 'Offline',
    forwarded: false,
    secrecy: null,
    meaning: '',
  });
});

it('leaves the practice line ready without a network: it is on this computer', () => {
  const { snapshot } = scenes.keypad;
  const offline = { ...snapshot, network: { ...snapshot.network, state: 'offline' as const } };
  expect(headerLine(offline, 'open', 0)).toMatchObject({ light: 'registered', words: 'Offline' });
});

it('waits while the window has lost the phone', () => {
  expect(headerLine(scenes.forwarding.snapshot, 'connecting', 0)).toMatchObject({
    light: 'registering',
    words: 'Waiting for the phone…',
    forwarded: false,
  });
});
