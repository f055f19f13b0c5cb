import { expect, it } from 'vitest';
import { showRecording } from '../../../electron/app/show-recording.ts';
import { makeError } from '../../../contract/errors.ts';
import { scenes } from '../../support/scenes.ts';

const { snapshot } = scenes['recents-sound'];
const engine = { request: () => Promise.resolve({ ok: true as const, value: snapshot }) };

it('shows the recording of the call that is named, and nothing else', async () => {
  const shown: string[] = [];
  const show = (file: string) => void shown.push(file);
  expect(await showRecording(engine, show, 'past-1')).toBe(true);
  expect(shown).toEqual(['/home/mia/Recordings/anna.wav']);
  for (const id of ['past-0', '/etc/passwd', undefined, { id: 'past-1' }])
    expect(await showRecording(engine, show, id)).toBe(false);
  expect(shown).toHaveLength(1);
});

it('shows nothing while the engine is away', async () => {
  const away = {
    request: () => Promise.resolve({ ok: false as const, error: makeError('engine.stopped') }),
  };
  expect(await showRecording(away, () => undefined, 'past-1')).toBe(false);
});
