/** How many texts were not read; nothing when there is none. */
import { en } from '../../i18n/en.ts';
import './texts.css';

export function FreshTexts({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="texts-fresh">
      {count}
      <span className="unseen"> {en.texts.news(count)}</span>
    </span>
  );
}
