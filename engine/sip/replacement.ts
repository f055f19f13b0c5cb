/** An INVITE that wants to take somebody's place (RFC 3891 §3): which of our calls it means, or the status that turns it away. */
import type { DialogName } from './dialog-signalling.ts';
import { readReplaces } from './replaces.ts';

/** A call as far as this choice needs it. */
export interface ReplaceableCall {
  /**
   * Dialogs whose place can be taken: the call's own, or those of the phones that an INVITE of ours rings. A call to us has none before
   * it is answered: an early dialog is its caller's to give away.
   */
  readonly dialogNames: readonly DialogName[];
  readonly phase: 'early' | 'confirmed' | 'ended';
}

export type ReplacementChoice<C> = { call: C } | { status: 400 | 481 | 486 | 603 };

/**
 * Chooses among the calls.
 * @param values of all Replaces headers of the INVITE
 */
export function chooseReplaced<C extends ReplaceableCall>(
  values: readonly string[],
  calls: Iterable<C>,
): ReplacementChoice<C> {
  const [value = ''] = values;
  const replaces = values.length === 1 ? readReplaces(value) : undefined;
  if (replaces === undefined) return { status: 400 };
  const { callId, toTag, fromTag, earlyOnly } = replaces;
  for (const call of calls) {
    const { dialogNames, phase } = call;
    const isNamed = (dialog: DialogName) =>
      dialog.callId === callId && dialog.localTag === toTag && dialog.remoteTag === fromTag;
    if (!dialogNames.some(isNamed)) continue;
    if (phase === 'ended') return { status: 603 };
    return earlyOnly && phase === 'confirmed' ? { status: 486 } : { call };
  }
  return { status: 481 };
}
