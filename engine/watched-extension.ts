/**
 * One extension that is watched through an account: whether it talks (dialog-info, RFC 4235) and whether its person is there
 * (presence, RFC 3863), as far as the PBX tells.
 */
import { makeError } from '../contract/errors.ts';
import type { Lamp } from '../contract/snapshot.ts';
import {
  applyDialogInfo,
  dialogInfoType,
  dialogState,
  emptyDialogTable,
  leadingDialog,
  parseDialogInfo,
  replaceableDialog,
} from './sip/dialog-info.ts';
import type { DialogTable, ReplaceableDialog } from './sip/dialog-info.ts';
import { parsePresence, presenceType } from './sip/presence-document.ts';
import type { Presence } from './sip/presence-document.ts';
import type { Subscription } from './sip/subscription.ts';
import type { UserAgent } from './sip/user-agent.ts';

export type WatchedState = Omit<Lamp, 'accountId' | 'label'>;

const known = (subscription: Subscription) => {
  const { phase, refusal } = subscription.snapshot;
  // Refused without a reason: what was told last stays true (`invariant`, RFC 6665 §4.1.3).
  return phase === 'active' || (phase === 'refused' && refusal === null);
};

export class WatchedExtension {
  readonly number: string;
  readonly #userAgent: UserAgent;
  readonly #dialogs: Subscription;
  readonly #presences: Subscription;
  #table: DialogTable = emptyDialogTable;
  #presence: Presence | undefined;

  /**
   * Begins once the account is registered.
   * @throws PhoneFailure `settings.invalid` when the number makes no SIP address
   */
  constructor(number: string, userAgent: UserAgent, onChanged: () => void) {
    this.number = number;
    this.#userAgent = userAgent;
    this.#dialogs = userAgent.beside.subscribe({
      event: 'dialog',
      user: number,
      accept: [dialogInfoType],
      onNotify: ({ body }) => {
        this.#readDialogs(body);
        onChanged();
      },
      onChanged: ({ phase }) => {
        // Documents are counted within one subscription.
        if (phase === 'off' || phase === 'subscribing') this.#table = emptyDialogTable;
        onChanged();
      },
    });
    this.#presences = userAgent.beside.subscribe({
      event: 'presence',
      user: number,
      accept: [presenceType],
      onNotify: ({ body }) => {
        const read = parsePresence(body);
        if (read.ok) this.#presence = read.value;
        onChanged();
      },
      onChanged,
    });
  }

  get state(): WatchedState {
    const told = known(this.#dialogs) && this.#table.version !== undefined;
    const leading = told ? leadingDialog(this.#table) : undefined;
    const state = leading === undefined ? (told ? 'idle' : 'unknown') : dialogState(leading);
    const presence = known(this.#presences) ? this.#presence : undefined;
    return {
      number: this.number,
      state,
      remote: leading?.remote ?? null,
      canPickUp: state === 'ringing',
      presence: presence?.state ?? 'unknown',
      note: presence?.note ?? '',
      reason: this.#reason(),
    };
  }

  /** The ringing call as the PBX names it; undefined when nothing rings there or the PBX names no dialog. */
  get ringing(): ReplaceableDialog | undefined {
    const leading = known(this.#dialogs) ? leadingDialog(this.#table) : undefined;
    return leading !== undefined && dialogState(leading) === 'ringing'
      ? replaceableDialog(leading)
      : undefined;
  }

  /** Unsubscribes. */
  close(): void {
    this.#userAgent.beside.remove(this.#dialogs);
    this.#userAgent.beside.remove(this.#presences);
  }

  #readDialogs(body: string): void {
    const read = parseDialogInfo(body);
    if (!read.ok) return;
    const { table, gap } = applyDialogInfo(this.#table, read.value);
    this.#table = table;
    if (gap) this.#dialogs.refresh();
  }

  /** Presence may be missing: many PBXs keep none. */
  #reason(): string {
    const { refusal } = this.#dialogs.snapshot;
    if (refusal === null) return '';
    return makeError('lamp.refused', { number: this.number, ...refusal }).message;
  }
}
