/** The person has moved (3xx): to which of the new addresses shall the call go? */
import { Phone } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Icon } from '../../ui/icon.tsx';
import { partyName, showNumber } from '../people/party.ts';

export function RedirectQuestion({ call }: { call: CallSnapshot }) {
  const { redirect } = useActions();
  if (call.redirect === null) return null;
  return (
    <section className="redirect" aria-label={en.redirect.title(partyName(call.remote))}>
      <p role="alert">
        {en.redirect.title(partyName(call.remote))}. {en.redirect.text}
      </p>
      <ul>
        {call.redirect.map((party) => (
          <li key={party.uri}>
            <button type="button" className="row" onClick={() => void redirect(call.id, party.uri)}>
              <Avatar party={party} size="small" />
              <span className="row-text">
                <span className="row-title">{en.redirect.call(partyName(party))}</span>
                <span className="row-detail">{party.name === '' ? party.uri : showNumber(party.number)}</span>
              </span>
              <span className="row-call">
                <Icon of={Phone} size={18} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
