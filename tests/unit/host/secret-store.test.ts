import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../contract/secret.ts';
import { type Keychain, openSecretStore } from '../../../host/secret-store.ts';

const office = { service: 'Sidetone', account: 'office' };

function memoryKeychain(): Keychain & { values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    get: async ({ account }) => values.get(account) ?? null,
    set: async ({ account }, value) => void values.set(account, value),
    delete: async ({ account }) => void values.delete(account),
  };
}

async function open(loadKeychain: () => Promise<Keychain>, timeoutMs = 100) {
  const said: string[] = [];
  const store = await openSecretStore({ say: (sentence) => said.push(sentence), loadKeychain, timeoutMs });
  return { store, said };
}

describe('with a keychain', () => {
  it('keeps, finds and removes a password there, and leaves nothing of its probe', async () => {
    const keychain = memoryKeychain();
    const { store, said } = await open(async () => keychain);
    expect(store.kind).toBe('keychain');
    expect(store.reason).toBe('');
    expect([...keychain.values]).toEqual([]);
    await store.set(office, new Secret('correct horse'));
    expect([...keychain.values]).toEqual([['office', 'correct horse']]);
    expect((await store.get(office))?.reveal()).toBe('correct horse');
    await store.delete(office);
    expect(await store.get(office)).toBeUndefined();
    expect(said).toEqual([]);
  });

  it('holds the password for this run when the keychain fails later, and says so once', async () => {
    const keychain = memoryKeychain();
    const { store, said } = await open(async () => keychain);
    keychain.set = () => Promise.reject(new Error('locked'));
    await store.set(office, new Secret('a'));
    await store.set(office, new Secret('b'));
    expect(store.kind).toBe('session');
    expect((await store.get(office))?.reveal()).toBe('b');
    expect(said).toHaveLength(1);
  });
});

describe('without a keychain', () => {
  it('says why, once, and keeps passwords for this run', async () => {
    const { store, said } = await open(() => Promise.reject(new Error('AccessDenied')));
    expect(store.kind).toBe('session');
    expect(store.reason).toBe('The keychain said: AccessDenied.');
    await store.set(office, new Secret('a'));
    expect((await store.get(office))?.reveal()).toBe('a');
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('until the phone is closed');
  });

  it('does not use one that forgets', async () => {
    const { store } = await open(async () => ({ ...memoryKeychain(), get: async () => null }));
    expect(store.kind).toBe('session');
  });

  it('does not wait for a locked one, and moves passwords there once it opens', async () => {
    const keychain = memoryKeychain();
    let unlock: () => void = () => undefined;
    const unlocked = new Promise<void>((resolve) => (unlock = resolve));
    const before = performance.now();
    const { store } = await open(async () => {
      await unlocked;
      return keychain;
    }, 50);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(store.kind).toBe('session');
    await store.set(office, new Secret('a'));
    unlock();
    await expect.poll(() => keychain.values.get('office')).toBe('a');
    expect(store.kind).toBe('keychain');
    expect((await store.get(office))?.reveal()).toBe('a');
  });
});

it('never shows a password when it is printed', async () => {
  const { store } = await open(() => Promise.reject(new Error('no')));
  await store.set(office, new Secret('correct horse'));
  expect(inspect(store, { depth: 9, showHidden: true })).not.toContain('correct horse');
});

/** Runs the real store in a process of its own; the last line of its output is JSON. */
function runRealStore(daemon: boolean): Record<string, unknown> {
  const home = mkdtempSync(join(tmpdir(), 'sidetone-keychain-'));
  const node = [process.execPath, join(import.meta.dirname, 'secret-user.ts')];
  const inSession = [
    'dbus-run-session',
    '--',
    'bash',
    '-c',
    'printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$0" "$1"',
  ];
  const [command = '', ...rest] = daemon ? [...inSession, ...node] : node;
  const { DBUS_SESSION_BUS_ADDRESS: _bus, ...environment } = process.env;
  const { stdout } = spawnSync(command, rest, {
    encoding: 'utf8',
    env: { ...environment, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: join(home, 'share') },
    timeout: 30_000,
  });
  rmSync(home, { recursive: true, force: true });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
}

function missingTool(): string | null {
  if (process.platform !== 'linux') return 'the Secret Service is Linux';
  const missing = ['dbus-run-session', 'gnome-keyring-daemon'].filter(
    (tool) => spawnSync('which', [tool]).status !== 0,
  );
  return missing.length === 0 ? null : `${missing.join(' and ')} not installed`;
}

describe('in a real session', () => {
  it('keeps a password in a real keychain from one start to the next', ({ skip }) => {
    const reason = missingTool();
    if (reason !== null) {
      process.stderr.write(`skipped, real keychain: ${reason}\n`);
      skip(reason);
    }
    expect(runRealStore(true)).toEqual({
      kind: 'keychain',
      reason: '',
      first: 'pa55',
      second: 'pa55',
      after: null,
    });
  });

  it('keeps a password for the run where no daemon answers', ({ skip }) => {
    if (process.platform !== 'linux') skip('other systems always have a keychain');
    const result = runRealStore(false);
    expect(result).toMatchObject({ kind: 'session', first: 'pa55', second: null });
    expect(result['reason']).toMatch(/^The keychain said: /);
  });
});
