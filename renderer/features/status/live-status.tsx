/** Tells a screen reader every step. The eye finds the same words where they belong: under the number, in the call, in the header. */
import { en } from '../../i18n/en.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { partyName } from '../people/party.ts';
import { freshTexts } from '../texts/text-threads.ts';
import { statusSentence } from './status-sentence.ts';

export function LiveStatus() {
  const sound = useView((view) => view.sound);
  const dialling = useView((view) => view.dialling);
  const sentence = usePhone((snapshot) => statusSentence(snapshot, sound, dialling));
  const sender = useNewTextFrom();
  return (
    <>
      <p role="status" className="unseen" data-testid="status">
        {sentence}
      </p>
      <p role="status" className="unseen">
        {sender === undefined ? '' : en.texts.came(sender)}
      </p>
    </>
  );
}

/** Who sent the latest text that was not read. */
function useNewTextFrom(): string | undefined {
  return useView(({ snapshot, textsRead }) => {
    const latest = freshTexts(snapshot?.texts ?? [], textsRead)[0];
    return latest === undefined ? undefined : partyName(latest.remote);
  });
}
