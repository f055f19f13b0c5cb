/** The settings in force and their saving: changes follow each other, so that none is built on settings that are going out of date. */
import { ZodError } from 'zod';
import { PhoneFailure, toPhoneError } from '../contract/errors.ts';
import { describeIssues } from '../contract/issues.ts';
import type { RequestData } from '../contract/phone.ts';
import type { SettingsStore } from '../contract/services.ts';
import { applyPatch } from '../contract/settings.ts';
import type { Settings } from '../contract/settings.ts';

export class PhoneSettings {
  readonly #store: SettingsStore;
  readonly #onUsed: (settings: Settings) => void;
  #current: Settings;
  #lastSave: Promise<unknown> = Promise.resolve();

  /** @param onUsed called with the settings each time others come into force */
  constructor(store: SettingsStore, onUsed: (settings: Settings) => void) {
    this.#store = store;
    this.#onUsed = onUsed;
    this.#current = store.load();
  }

  get current(): Settings {
    return this.#current;
  }

  /** Saves changed settings, then uses them. Each change is made to what the one before has left. */
  change(change: (settings: Settings) => Settings): Promise<void> {
    const save = this.#lastSave.then(async () => {
      const changed = change(this.#current);
      await this.#store.save(changed);
      this.use(changed);
    });
    this.#lastSave = save.catch(() => undefined);
    return save;
  }

  /** Lays a person's change over the settings. Rejects with `settings.invalid` when the outcome would not be valid. */
  patch(patch: RequestData<'settings.change'>['patch']): Promise<void> {
    return this.change((settings) => applyPatchOrRefuse(settings, patch));
  }

  /**
   * Gives this phone its URN (RFC 5626 §4.1) when it has none, made of `makeUuid`. Where it cannot be saved it holds for this run. Never
   * rejects.
   */
  async nameInstance(makeUuid: () => string): Promise<void> {
    if (this.#current.instance_id !== '') return;
    const instance_id = `urn:uuid:${makeUuid()}`;
    await this.change((before) => ({ ...before, instance_id })).catch(() =>
      this.use({ ...this.#current, instance_id }),
    );
  }

  /** Takes settings that are saved already. */
  use(settings: Settings): void {
    this.#current = settings;
    this.#onUsed(settings);
  }
}

function applyPatchOrRefuse(settings: Settings, patch: RequestData<'settings.change'>['patch']): Settings {
  try {
    return applyPatch(settings, patch);
  } catch (thrown) {
    const problem = thrown instanceof ZodError ? describeIssues(thrown) : toPhoneError(thrown).message;
    throw new PhoneFailure('settings.invalid', { problem });
  }
}
