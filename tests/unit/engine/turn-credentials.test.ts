import { describe, expect, it } from 'vitest';
import type { Secret } from '../../../contract/secret.ts';
import { defaultSettings, type SecretReference, type Settings } from '../../../contract/settings.ts';
import { iceOptions } from '../../../engine/ice-servers.ts';
import { storeTurnCredential } from '../../../engine/turn-credentials.ts';

const url = 'turn:turn.example.com';

function memory(credential_type: 'password' | 'secret') {
  const kept = new Map<string, Secret>();
  const nameOf = ({ service, account }: SecretReference) => `${service} ${account}`;
  const server = { url, username: 'anna', credential_type } as const;
  const settings = {
    current: { ...defaultSettings, turn_servers: [server] } as Settings,
    change: async (change: (before: Settings) => Settings) => {
      settings.current = change(settings.current);
    },
  };
  const secrets = {
    set: async (reference: SecretReference, secret: Secret) => void kept.set(nameOf(reference), secret),
    delete: async (reference: SecretReference) => void kept.delete(nameOf(reference)),
    get: async (reference: SecretReference) => kept.get(nameOf(reference)),
  };
  return { kept, settings, secrets };
}

const account = { ice: true, kind: 'sip', tls_ca: '' } as const;

describe('the credential of a TURN server', () => {
  it('lies in the keychain, is named by the settings, and is there when a call needs it', async () => {
    const { settings, secrets } = memory('password');
    await storeTurnCredential(settings, secrets, { index: 0, credential: 'north' });
    expect(JSON.stringify(settings.current)).not.toContain('north');
    const options = await iceOptions(account, settings.current, secrets.get, 0);
    expect(options?.turnServers).toEqual([{ url, username: 'anna', password: 'north' }]);
  });

  it('that is a shared secret becomes a name and a password that end with the day', async () => {
    const { settings, secrets } = memory('secret');
    await storeTurnCredential(settings, secrets, { index: 0, credential: 'north' });
    const options = await iceOptions(account, settings.current, secrets.get, 0);
    expect(options?.turnServers[0]).toMatchObject({ username: '86400:anna' });
    expect(options?.turnServers[0]?.password).not.toBe('north');
  });

  it('is taken away when it is empty', async () => {
    const { kept, settings, secrets } = memory('password');
    await storeTurnCredential(settings, secrets, { index: 0, credential: 'north' });
    await storeTurnCredential(settings, secrets, { index: 0, credential: '' });
    expect([kept.size, settings.current.turn_servers[0]?.credential]).toEqual([0, undefined]);
  });

  it('is refused for a server that is not in the list', async () => {
    const { settings, secrets } = memory('password');
    const asked = storeTurnCredential(settings, secrets, { index: 1, credential: 'north' });
    await expect(asked).rejects.toMatchObject({ error: { code: 'request.invalid' } });
  });
});

describe('ICE', () => {
  it('is for accounts that ask for it, for all where only relays are allowed, and never for practice', async () => {
    const none = async () => undefined;
    const relay = { ...defaultSettings, ice_transport_policy: 'relay' } as const;
    const off = { ...account, ice: false };
    expect(await iceOptions(off, defaultSettings, none, 0)).toBeUndefined();
    expect(await iceOptions(account, defaultSettings, none, 0)).toMatchObject({ policy: 'all' });
    expect(await iceOptions(off, relay, none, 0)).toMatchObject({ policy: 'relay' });
    expect(await iceOptions({ ...off, kind: 'practice' }, relay, none, 0)).toBeUndefined();
  });
});
