/**
 * Transfers of one call. As the one who asks: drives transfer-machine.ts with a REFER in the call's dialog and the reports that come
 * back (RFC 3515, RFC 5589). As the other side of it: knows to whom the call is being handed, so that its end is told as what it is.
 */
import { assertNever } from '../../contract/assert-never.ts';
import { PhoneFailure } from '../../contract/errors.ts';
import type { Party, TransferProgress } from '../../contract/snapshot.ts';
import type { DialogSignalling } from './dialog-signalling.ts';
import { isLastReport, readSipfrag, writeReferTo } from './refer.ts';
import type { ReferTarget } from './refer.ts';
import { askedTransfer, stepTransfer } from './transfer-machine.ts';
import type { TransferEffect, TransferEvent, TransferState } from './transfer-machine.ts';
import { referError, transferSentence } from './transfer-sentences.ts';

export interface CallTransferOptions {
  /** @throws PhoneFailure `call.wrong-state`, `call.not-found` unless the call stands */
  dialog: () => DialogSignalling;
  remote: () => Party;
  /** The account's SIP address, for Referred-By (RFC 3892). */
  ownAddress: string;
  /** The call is on hold, by us. */
  held: () => boolean;
  hold: () => Promise<void>;
  /** The transfer did not work, and the call had been held for it. */
  onBack: () => void;
  onChanged: () => void;
  /** The call has been handed over: it is to end. */
  onTransferred: (by: 'here' | 'there', to: Party) => void;
}

interface Asked {
  kind: TransferProgress['kind'];
  to: Party;
  state: TransferState;
  heldForIt: boolean;
  /** The REFER is out: from here on the far side may act on it. */
  sent: boolean;
  /** The call that the far side replaces, in an attended transfer. */
  companion: CallTransfer | null;
}

export class CallTransfer {
  readonly #options: CallTransferOptions;
  #asked: Asked | null = null;
  /** Who takes this call over, once it ends. */
  #handedTo: { by: 'here' | 'there'; to: Party } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: CallTransferOptions) {
    this.#options = options;
  }

  get progress(): TransferProgress | null {
    if (this.#asked === null) return null;
    const { kind, to, state } = this.#asked;
    return { kind, to, state: state.phase, sentence: transferSentence(state, this.#options.remote(), to) };
  }

  /** A transfer of ours goes on. */
  get pending(): boolean {
    const phase = this.#asked?.state.phase;
    return phase === 'asking' || phase === 'trying' || phase === 'ringing';
  }

  /**
   * Blind transfer: asks the far side to call somebody, after holding the call. Resolves once it has said yes; how it goes from there
   * is in `progress`, and the call ends when that goes well.
   * @param uri SIP address to call
   * @throws PhoneFailure `call.wrong-state`, `call.not-found`, `call.transfer-refused`, `call.transfer-unsupported`
   */
  async blind(uri: string, to: Party): Promise<void> {
    await this.#ask({ uri, replaces: undefined }, to, null);
  }

  /**
   * Attended transfer: asks the far side to take the place that we have in another call (RFC 3891). Both calls end when that goes well.
   * @throws as {@link CallTransfer.blind}
   */
  async attended(companion: CallTransfer): Promise<void> {
    const { callId, localTag, remoteTag, remoteTarget } = companion.#options.dialog().identity;
    const replaces = { callId, toTag: remoteTag, fromTag: localTag, earlyOnly: false };
    await this.#ask({ uri: remoteTarget, replaces }, companion.#options.remote(), companion);
  }

  async #ask(target: ReferTarget, to: Party, companion: CallTransfer | null): Promise<void> {
    const kind = companion === null ? 'blind' : 'attended';
    const { dialog, held, hold, remote, ownAddress } = this.#options;
    const signalling = dialog();
    if (this.pending) throw new PhoneFailure('call.wrong-state', { state: 'being transferred' });
    const asked: Asked = { kind, to, state: askedTransfer, heldForIt: false, sent: false, companion };
    this.#asked = asked;
    this.#options.onChanged();
    if (companion !== null) companion.#handedTo = { by: 'here', to: remote() };
    if (kind === 'blind' && !held()) {
      asked.heldForIt = true;
      // A far side that takes no hold may still take the transfer.
      await hold().catch(() => undefined);
    }
    const headers = [`Refer-To: ${writeReferTo(target)}`, `Referred-By: <${ownAddress}>`];
    asked.sent = true;
    const { status, reason } = await signalling.request({ method: 'REFER', headers });
    if (status < 300) return this.#dispatch({ type: 'accepted' });
    this.#dispatch({ type: 'refused', status, reason });
    const { failure } = asked.state;
    if (failure === null || failure.cause !== 'refused') return;
    const { code, parameters } = referError(failure, to);
    throw new PhoneFailure(code, parameters);
  }

  /** A NOTIFY of the refer package in this dialog. */
  report(subscriptionState: string, body: string): void {
    const told = readSipfrag(body);
    const last = isLastReport(subscriptionState);
    if (told !== undefined) this.#dispatch({ type: 'report', ...told, last });
    else if (last) this.#dispatch({ type: 'report', status: 100, reason: '', last });
  }

  /** This call's far side is being sent to somebody (null: no longer), at its own wish. */
  handTo(to: Party | null): void {
    this.#handedTo = to === null ? null : { by: 'there', to };
  }

  /** The call is over for its far side, by its BYE or because a transfer is complete. False when there was no transfer. */
  bye(): boolean {
    if (this.pending && this.#asked?.sent === true) {
      this.#dispatch({ type: 'bye' });
      return true;
    }
    if (this.#handedTo === null) return false;
    this.#options.onTransferred(this.#handedTo.by, this.#handedTo.to);
    return true;
  }

  /** The call has ended. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #dispatch(event: TransferEvent): void {
    const asked = this.#asked;
    if (asked === null) return;
    const [state, effects] = stepTransfer(asked.state, event);
    if (state === asked.state) return;
    asked.state = state;
    clearTimeout(this.#timer);
    for (const effect of effects) this.#run(effect, asked);
    this.#options.onChanged();
  }

  #run(effect: TransferEffect, { to, companion, heldForIt }: Asked): void {
    const { onTransferred, onBack } = this.#options;
    switch (effect.type) {
      case 'wait':
        // The answer to a REFER may come when the call is over: nobody waits for reports then.
        if (!this.#closed)
          this.#timer = setTimeout(() => this.#dispatch({ type: 'silence' }), effect.limitMs);
        break;
      case 'leave':
        onTransferred('here', to);
        companion?.bye();
        break;
      case 'stay':
        if (companion !== null) companion.#handedTo = null;
        if (heldForIt) onBack();
        break;
      default:
        assertNever(effect);
    }
  }
}
