import { expect, it } from 'vitest';
import type { Shell } from '../../../renderer/shell/shell.ts';
import { feedPhoneView } from '../../../renderer/store/phone-feed.ts';
import { createPhoneView } from '../../../renderer/store/phone-view.ts';
import { scenes, type SceneName } from '../../support/scenes.ts';
import { ScriptedPhone } from '../../support/scripted-phone.ts';

/** A view that is fed by a scripted phone and by a clock that the test turns. */
async function fed(scene: SceneName) {
  const phone = new ScriptedPhone(scenes[scene].snapshot);
  const clock = { now: 1_000 };
  const shell: Shell = {
    phone,
    openAudio: () => Promise.reject(new Error('no sound here')),
    microphoneAccess: () => Promise.resolve('unknown'),
    showRecording: null,
    onDialRequest: () => () => undefined,
    onLink: (listener) => {
      listener('open');
      return () => undefined;
    },
    onAudioTaken: () => () => undefined,
  };
  const view = createPhoneView();
  feedPhoneView(shell, view, () => clock.now);
  await Promise.resolve();
  await Promise.resolve();
  return { phone, view, clock };
}

it('remembers since when each call is on hold, until it is not', async () => {
  const { phone, view, clock } = await fed('two-calls');
  expect(view.getState().heldSince).toEqual({ anna: 1_000 });
  clock.now = 9_000;
  phone.changeCall('ben', { hold: { local: false, remote: true, pending: false } });
  expect(view.getState().heldSince).toEqual({ anna: 1_000, ben: 9_000 });
  phone.changeCall('anna', { hold: { local: false, remote: false, pending: false } });
  expect(view.getState().heldSince).toEqual({ ben: 9_000 });
  phone.endCall('ben');
  expect(view.getState().heldSince).toEqual({});
});

it('closes a panel when the call under it goes, and leaves it open when another one does', async () => {
  const { phone, view } = await fed('two-calls');
  view.setState({ callPanel: 'transfer' });
  phone.endCall('anna');
  expect(view.getState().callPanel).toBe('transfer');
  phone.endCall('ben');
  expect(view.getState().callPanel).toBeNull();
});

it('closes a panel when another call takes its place', async () => {
  const { phone, view } = await fed('two-calls');
  view.setState({ callPanel: 'keypad' });
  phone.endCall('ben');
  expect(view.getState().callPanel).toBeNull();
});
