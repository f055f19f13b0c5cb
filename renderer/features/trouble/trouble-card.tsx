/** Trouble is one card: what, why, one cure. */
import { X } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import { assertNever } from '../../../contract/assert-never.ts';
import { en } from '../../i18n/en.ts';
import { useActions, useView } from '../../store/desk.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import './trouble.css';
import { troubleWords, type TroubleWords } from './trouble-words.ts';

export function TroubleCard() {
  const view = useView(
    useShallow(({ snapshot, trouble, soundTaken, certificatePutOff }) => ({
      snapshot,
      trouble,
      soundTaken,
      certificatePutOff,
    })),
  );
  const actions = useActions();
  const words = troubleWords(view);
  if (words === null) return <div role="alert" />;
  const cure = () => applyCure(words, actions);
  const { callAnyway } = words;
  return (
    <div role="alert">
      <section className="trouble" aria-label={words.title}>
        <div className="trouble-head">
          <h2 className="trouble-title">{words.title}</h2>
          {words.closable && (
            <IconButton className="trouble-close" word={en.trouble.dismiss} onClick={actions.dismissTrouble}>
              <Icon of={X} size={18} />
            </IconButton>
          )}
        </div>
        <p className="trouble-text">
          {words.what} {words.cure}
        </p>
        {words.cureBy !== null && (
          <div className="trouble-actions">
            <button type="button" className="button button-strong" onClick={cure}>
              {words.cureBy.kind === 'take-sound' ? en.trouble.useHere : en.trouble.again}
            </button>
            {callAnyway !== null && (
              <button
                type="button"
                className="button"
                onClick={() => void actions.dial(callAnyway.target, callAnyway.who, true)}
              >
                {en.trouble.callAnyway}
              </button>
            )}
          </div>
        )}
      </section>
    </div>
  );
}

function applyCure({ cureBy }: TroubleWords, actions: ReturnType<typeof useActions>): void {
  if (cureBy === null) return;
  switch (cureBy.kind) {
    case 'dial':
      return void actions.dial(cureBy.target, cureBy.who);
    case 'microphone':
      return void actions.retryMicrophone();
    case 'register':
      return void actions.register(cureBy.accountId);
    case 'take-sound':
      return actions.takeSoundOver();
    default:
      return assertNever(cureBy);
  }
}
