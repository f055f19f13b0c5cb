/** The lamps: extensions whose state is shown beside the calls, kept in step with the settings and with the lines that watch them. */
import { PhoneFailure } from '../contract/errors.ts';
import type { RequestData } from '../contract/phone.ts';
import type { Settings } from '../contract/settings.ts';
import type { Lamp } from '../contract/snapshot.ts';
import type { AccountLine } from './account-line.ts';
import type { Takeover } from './sip/replaces.ts';
import { WatchedExtension } from './watched-extension.ts';

export interface LampsOptions {
  wanted: () => Settings['lamps'];
  /** The line of an account, the usual one for an empty id; undefined while there is none. */
  lineOf: (accountId: string) => AccountLine | undefined;
  /** What is dialled before the extension whose ringing call is picked up; empty when the PBX has no such code. */
  pickUpCode: () => string;
  /** Calls from an account, the usual one for undefined. */
  call: (target: string, accountId: string | undefined, takeover?: Takeover) => { callId: string };
  onChanged: () => void;
  /** A lamp that cannot be watched. */
  onProblem: (thrown: unknown) => void;
}

interface Watch {
  /** A line is replaced when its account changes: the lamp is then watched through the new one. */
  line: AccountLine;
  extension: WatchedExtension | undefined;
}

const unknown: Omit<Lamp, 'accountId' | 'label' | 'number'> = {
  state: 'unknown',
  remote: null,
  canPickUp: false,
  presence: 'unknown',
  note: '',
  reason: '',
};

export class Lamps {
  readonly #options: LampsOptions;
  /** By account as the settings name it, and number. */
  readonly #watches = new Map<string, Watch>();

  constructor(options: LampsOptions) {
    this.#options = options;
  }

  /** In the order of the settings. */
  get snapshots(): Lamp[] {
    return this.#options.wanted().map(({ number, label, account_id }) => {
      const watch = this.#watches.get(keyOf(account_id, number));
      const accountId = watch?.line.account.id ?? account_id;
      return { ...unknown, number, ...watch?.extension?.state, label, accountId };
    });
  }

  /** Watches what the settings list, through the lines as they are now; ends what is no longer wanted. */
  align(): void {
    const { wanted, lineOf, onChanged, onProblem } = this.#options;
    const unwanted = new Set(this.#watches.keys());
    for (const { number, account_id } of wanted()) {
      const key = keyOf(account_id, number);
      const line = lineOf(account_id);
      const watch = this.#watches.get(key);
      if (line === undefined || watch?.line === line) {
        if (line !== undefined) unwanted.delete(key);
        continue;
      }
      watch?.extension?.close();
      unwanted.delete(key);
      let extension: WatchedExtension | undefined;
      try {
        extension = new WatchedExtension(number, line.userAgent, onChanged);
      } catch (thrown) {
        onProblem(thrown);
      }
      this.#watches.set(key, { line, extension });
    }
    for (const key of unwanted) {
      this.#watches.get(key)?.extension?.close();
      this.#watches.delete(key);
    }
  }

  /**
   * Takes the call that rings at an extension: from its caller (RFC 3891) where the PBX names the dialog; through the PBX's feature
   * code where it does not, and when the caller's side refuses.
   * @throws PhoneFailure `lamp.no-pick-up`, `call.no-account`, `call.bad-target`
   */
  pickUp({ number, accountId }: RequestData<'lamp.pick-up'>): { callId: string } {
    const { pickUpCode, call } = this.#options;
    const watch = this.#watching(number);
    const from = accountId ?? watch?.line.account.id;
    const ringing = watch?.extension?.ringing;
    const code = pickUpCode() === '' ? undefined : `${pickUpCode()}${number}`;
    if (ringing !== undefined)
      return call(ringing.target, from, { replaces: ringing.replaces, otherwise: code });
    if (code === undefined) throw new PhoneFailure('lamp.no-pick-up', { number });
    return call(code, from);
  }

  #watching(number: string): Watch | undefined {
    return [...this.#watches.values()].find(({ extension }) => extension?.number === number);
  }
}

const keyOf = (accountId: string, number: string) => `${accountId}\n${number}`;
