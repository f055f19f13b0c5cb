/** Which trouble the card shows, most pressing first, and in what words. One card at a time. */
import type { PhoneError } from '../../../contract/errors.ts';
import { en } from '../../i18n/en.ts';
import { clockText } from '../../i18n/time.ts';
import { activeCalls } from '../../store/calls.ts';
import { defaultAccount } from '../../store/default-account.ts';
import type { PhoneView } from '../../store/phone-view.ts';

export interface TroubleWords {
  title: string;
  what: string;
  cure: string;
  /** What the card's first button does; null when there is nothing to do. */
  cureBy:
    | { kind: 'dial'; target: string; who: string }
    | { kind: 'microphone' }
    | { kind: 'register'; accountId: string }
    | { kind: 'take-sound' }
    | null;
  /** Calls all the same, although nobody will hear. */
  callAnyway: { target: string; who: string } | null;
  /** It goes when it is closed; the others go when their cause does. */
  closable: boolean;
}

export function troubleWords(
  view: Pick<PhoneView, 'snapshot' | 'trouble' | 'soundTaken' | 'certificatePutOff'>,
): TroubleWords | null {
  const { snapshot, trouble, soundTaken, certificatePutOff } = view;
  if (snapshot === null) return null;
  if (trouble !== null) {
    const words = (title: string): TroubleWords => ({ ...plain(title, trouble.error), closable: true });
    switch (trouble.kind) {
      case 'call':
        return {
          ...words(en.trouble.callFailed(trouble.who)),
          cureBy: { kind: 'dial', target: trouble.target, who: trouble.who },
        };
      case 'microphone': {
        const { target, who } = trouble;
        return {
          ...words(en.trouble.microphone),
          cureBy: target === null ? { kind: 'microphone' } : { kind: 'dial', target, who },
          callAnyway: target === null ? null : { target, who },
        };
      }
      case 'refused':
        return words(en.trouble.refused);
      case 'notice':
        return words(en.trouble.notice);
    }
  }
  if (soundTaken && activeCalls(snapshot.calls).length > 0) {
    const { taken, takenText, takenCure } = en.trouble;
    return { ...plain(taken, { message: takenText, cure: takenCure }), cureBy: { kind: 'take-sound' } };
  }
  if (snapshot.trouble !== null) return plain(en.trouble.phone, snapshot.trouble);
  const account = defaultAccount(snapshot);
  const inCall = snapshot.calls.some(({ state }) => state !== 'ended');
  if (account === undefined || account.registration.state !== 'failed' || inCall) return null;
  // The question about the certificate stands on a card of its own.
  if (account.certificate !== null && account.certificate.fingerprint !== certificatePutOff) return null;
  const { error, reason, retryAt } = account.registration;
  const words = plain(en.trouble.cannotBeCalled, error ?? { message: reason, cure: '' });
  const again = retryAt === null ? '' : ` ${en.trouble.retryAt(clockText(retryAt))}`;
  return { ...words, cure: `${words.cure}${again}`, cureBy: { kind: 'register', accountId: account.id } };
}

const plain = (title: string, { message, cure }: Pick<PhoneError, 'message' | 'cure'>): TroubleWords => ({
  title,
  what: message,
  cure,
  cureBy: null,
  callAnyway: null,
  closable: false,
});
