/** Tells a screen reader every step. The eye finds the same words where they belong: under the number, in the call, in the header. */
import { usePhone, useView } from '../../store/desk.ts';
import { statusSentence } from './status-sentence.ts';

export function LiveStatus() {
  const sound = useView((view) => view.sound);
  const dialling = useView((view) => view.dialling);
  const sentence = usePhone((snapshot) => statusSentence(snapshot, sound, dialling));
  return (
    <p role="status" className="unseen" data-testid="status">
      {sentence}
    </p>
  );
}
