/** Under the number field: what the phone is doing, else a hint at what to try. */
import { en } from '../../i18n/en.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { statusSentence } from './status-sentence.ts';

export function StatusLine() {
  const sound = useView((view) => view.sound);
  const dialling = useView((view) => view.dialling);
  const busy = usePhone(({ calls }) => calls.length > 0) || dialling !== '';
  const sentence = usePhone((snapshot) => statusSentence(snapshot, sound, dialling));
  const practice = usePhone((snapshot) => defaultAccount(snapshot)?.kind === 'practice');
  if (busy) return <p className="keypad-hint keypad-status">{sentence}</p>;
  return (
    <p className="keypad-hint">
      {practice ? (
        <>
          {en.keypad.hintTry} <b>✱43</b> {en.keypad.hintEcho} <b>1001</b> {en.keypad.hintOperator}
        </>
      ) : null}
    </p>
  );
}
