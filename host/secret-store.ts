/**
 * Passwords in the system's keychain (macOS Keychain, Windows Credential Manager, Secret Service), under keytar's service and
 * account conventions. Where there is no usable keychain they live in the memory of this run, and the reason is told.
 *
 *   session ──probe ok──► keychain          (a keychain that is unlocked late is taken as soon as it answers)
 *   keychain ──an operation fails──► session
 */
import type { Secret as SecretType } from '../contract/secret.ts';
import { Secret } from '../contract/secret.ts';
import type { SecretStore } from '../contract/services.ts';
import type { SecretReference } from '../contract/settings.ts';

/** A locked keychain asks the person and may block for as long as they like: the phone does not wait longer than this. */
const probeTimeoutMs = 4_000;
/** A stored password that does not come within this time counts as missing. */
const operationTimeoutMs = 15_000;
const probeReference: SecretReference = { service: 'Sidetone', account: 'keychain-probe' };

/** The operations of a keychain; rejects when it cannot be used. */
export interface Keychain {
  get(reference: SecretReference): Promise<string | null>;
  set(reference: SecretReference, value: string): Promise<void>;
  delete(reference: SecretReference): Promise<void>;
}

export interface SecretStoreOptions {
  /** Told once when passwords will not outlive this run, and once more should a keychain appear. */
  say: (sentence: string) => void;
  /** Loads the keychain; the system's by default. */
  loadKeychain?: () => Promise<Keychain>;
  timeoutMs?: number;
}

/** Finds the keychain and tries it out. Never rejects; resolves within the time-out (4 s by default). */
export async function openSecretStore(options: SecretStoreOptions): Promise<SecretStore> {
  const store = new TwoPlaceSecretStore(options.say);
  const probe = (async () => {
    const keychain = await (options.loadKeychain ?? loadSystemKeychain)();
    await probeKeychain(keychain);
    return keychain;
  })();
  const timeoutMs = options.timeoutMs ?? probeTimeoutMs;
  try {
    store.useKeychain(await within(probe, timeoutMs));
  } catch (thrown) {
    store.useSession(thrown instanceof TimeOut ? 'The keychain did not answer.' : reasonOf(thrown));
    if (thrown instanceof TimeOut) {
      probe.then(
        (keychain) => store.useLateKeychain(keychain),
        () => undefined,
      );
    }
  }
  return store;
}

/** The keychain of this system by `@napi-rs/keyring`. Rejects where its binary does not load. */
async function loadSystemKeychain(): Promise<Keychain> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  const entry = ({ service, account }: SecretReference) => new AsyncEntry(service, account);
  return {
    get: async (reference) => (await entry(reference).getPassword()) ?? null,
    set: (reference, value) => entry(reference).setPassword(value),
    delete: async (reference) => {
      await entry(reference).deletePassword();
    },
  };
}

async function probeKeychain(keychain: Keychain): Promise<void> {
  await keychain.set(probeReference, 'probe');
  const found = await keychain.get(probeReference);
  await keychain.delete(probeReference);
  if (found !== 'probe') throw new Error('it does not keep what it is given');
}

class TwoPlaceSecretStore implements SecretStore {
  readonly #say: (sentence: string) => void;
  readonly #memory = new Map<string, SecretType>();
  #keychain: Keychain | null = null;
  #reason = '';

  constructor(say: (sentence: string) => void) {
    this.#say = say;
  }

  get kind(): 'keychain' | 'session' {
    return this.#keychain === null ? 'session' : 'keychain';
  }

  get reason(): string {
    return this.#reason;
  }

  useKeychain(keychain: Keychain): void {
    this.#keychain = keychain;
    this.#reason = '';
  }

  useSession(reason: string): void {
    const first = this.#reason === '';
    this.#keychain = null;
    this.#reason = reason;
    if (first) {
      this.#say(`There is no keychain to use: ${reason} Passwords are kept until the phone is closed.`);
    }
  }

  useLateKeychain(keychain: Keychain): void {
    this.useKeychain(keychain);
    this.#say('The keychain answers now: passwords are kept there.');
    for (const [name, secret] of this.#memory) {
      void this.set(JSON.parse(name) as SecretReference, secret);
    }
  }

  async get(reference: SecretReference): Promise<SecretType | undefined> {
    const kept = this.#memory.get(nameOf(reference));
    if (kept !== undefined || this.#keychain === null) return kept;
    const value = await this.#attempt((keychain) => keychain.get(reference));
    return value === null || value === undefined ? undefined : new Secret(value);
  }

  async set(reference: SecretReference, secret: SecretType): Promise<void> {
    this.#memory.set(nameOf(reference), secret);
    await this.#attempt(async (keychain) => {
      await keychain.set(reference, secret.reveal());
      this.#memory.delete(nameOf(reference));
    });
  }

  async delete(reference: SecretReference): Promise<void> {
    this.#memory.delete(nameOf(reference));
    await this.#attempt((keychain) => keychain.delete(reference));
  }

  /** Runs an operation on the keychain, if there is one; a keychain that fails is given up for this run. */
  async #attempt<T>(operation: (keychain: Keychain) => Promise<T>): Promise<T | undefined> {
    if (this.#keychain === null) return undefined;
    try {
      return await within(operation(this.#keychain), operationTimeoutMs);
    } catch (thrown) {
      this.useSession(thrown instanceof TimeOut ? 'The keychain did not answer.' : reasonOf(thrown));
      return undefined;
    }
  }
}

class TimeOut extends Error {}

function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeOut()), limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The keychain's own words as a sentence; they name a fault, never a secret. */
function reasonOf(thrown: unknown): string {
  const words = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n', 1)[0] ?? '';
  return `The keychain said: ${words.replace(/\.?$/, '.')}`;
}

function nameOf({ service, account }: SecretReference): string {
  return JSON.stringify({ service, account });
}
