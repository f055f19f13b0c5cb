import { describe, expect, it } from 'vitest';
import { forwardWords, personWords } from '../../../renderer/features/status/person-words.ts';
import type { PhoneSnapshot } from '../../../contract/snapshot.ts';
import { scenes } from '../../support/scenes.ts';

const quiet = (snapshot: PhoneSnapshot): PhoneSnapshot => ({
  ...snapshot,
  settings: {
    ...snapshot.settings,
    calls: { ...snapshot.settings.calls, do_not_disturb: true },
  },
});
const away = scenes['presence-away'].snapshot;
const forwarding = scenes.forwarding.snapshot;
const two = scenes['settings-two-extensions'].snapshot;
const home = (enabled: boolean): PhoneSnapshot => ({
  ...two,
  settings: {
    ...two.settings,
    accounts: two.settings.accounts.map((account) =>
      account.id === 'home'
        ? { ...account, enabled, forward: { ...account.forward, always: '*97' } }
        : account,
    ),
  },
});

describe('what the header says of the person', () => {
  it('is nothing while one is available and all calls come here', () => {
    expect(personWords(scenes.recents.snapshot)).toBeNull();
    expect(personWords(scenes['presence-available'].snapshot)).toBeNull();
  });

  it('is what others see, with the note', () => {
    expect(personWords(away)).toBe('Away · back at two');
    expect(personWords(scenes['presence-busy'].snapshot)).toBe('Busy');
  });

  it('is not what nobody sees', () => {
    expect(personWords({ ...scenes.recents.snapshot, presence: away.presence })).toBeNull();
  });

  it('is do not disturb before presence, and forwarding before both', () => {
    expect(personWords(quiet(away))).toBe('Do not disturb');
    expect(personWords(quiet(forwarding))).toBe('Calls go to 1042');
  });
});

describe('forwarding in words', () => {
  it('names the line that calls do not go out on', () => {
    expect(forwardWords(home(true))).toBe('Home office: calls go to ✱97');
  });

  it('leaves lines out that are switched off', () => {
    expect(forwardWords(home(false))).toBeNull();
  });

  it('leaves out what is forwarded only when busy', () => {
    const [account] = forwarding.settings.accounts;
    if (account === undefined) throw new Error('the scene has an account');
    const forward = { always: '', busy: '1042', unavailable: '' };
    const settings = { ...forwarding.settings, accounts: [{ ...account, forward }] };
    expect(forwardWords({ ...forwarding, settings })).toBeNull();
  });
});
