import { expect, it } from 'vitest';
import { makeError } from '../../../contract/errors.ts';
import type { SoundState } from '../../../renderer/audio/sound-state.ts';
import { statusSentence } from '../../../renderer/features/status/status-sentence.ts';
import { defaultAccount } from '../../../renderer/store/default-account.ts';
import { scenes } from '../../support/scenes.ts';

const closed: SoundState = { phase: 'closed' };
const open: SoundState = { phase: 'open', microphoneError: null, fellBack: [] };

it('tells every step from the microphone to the end', () => {
  const idle = scenes.recents.snapshot;
  const steps = [
    statusSentence(idle, closed, ''),
    statusSentence(idle, { phase: 'asking' }, 'Anna Keller'),
    statusSentence(idle, open, 'Anna Keller'),
    statusSentence(scenes.calling.snapshot, open, ''),
    statusSentence(scenes.ringing.snapshot, open, ''),
    statusSentence(scenes.call.snapshot, open, ''),
    statusSentence(scenes.ended.snapshot, closed, ''),
  ];
  expect(steps).toEqual([
    'Ready',
    'Asking for the microphone…',
    'Microphone granted',
    'Calling Anna Keller…',
    'Ringing at Anna Keller',
    'Connected to Anna Keller',
    'You hung up after 4 min.',
  ]);
});

it('tells an incoming call before the one that goes on', () => {
  const { snapshot } = scenes['incoming-in-a-call'];
  expect(statusSentence(snapshot, open, '')).toBe('Incoming call from Mia Laurent');
});

it('does not say granted when the microphone was refused', () => {
  const refused: SoundState = {
    phase: 'open',
    microphoneError: makeError('microphone.denied'),
    fellBack: [],
  };
  expect(statusSentence(scenes.recents.snapshot, refused, 'Anna')).not.toContain('granted');
});

it('shows the chosen account, else the first that is not for practice, else practice', () => {
  const { snapshot } = scenes.recents;
  expect(defaultAccount(snapshot)?.id).toBe('office');
  const chosen = { ...snapshot, settings: { ...snapshot.settings, default_account: 'practice' } };
  expect(defaultAccount(chosen)?.id).toBe('practice');
  expect(defaultAccount(scenes.keypad.snapshot)?.id).toBe('practice');
  expect(defaultAccount({ ...snapshot, accounts: [] })).toBeUndefined();
});

it('does not say ready while there is no network', () => {
  expect(statusSentence(scenes.offline.snapshot, closed, '')).toBe('Offline');
});
