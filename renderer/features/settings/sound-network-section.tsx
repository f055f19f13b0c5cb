/** Servers that help sound through routers, and whether they and this computer do what sound needs. */
import { Check, CircleHelp, Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { RequestOutput } from '../../../contract/phone.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { Switch } from '../../ui/switch.tsx';
import { LineField } from './line-field.tsx';
import { Section } from './section.tsx';
import './sound-network.css';
import { emptyTurnDraft, stunList, stunProblem, stunText, turnDraftOf } from './turn-draft.ts';
import { TurnForm } from './turn-form.tsx';

export function SoundNetworkSection() {
  const stunServers = usePhone(({ settings }) => settings.stun_servers);
  const turnServers = usePhone(({ settings }) => settings.turn_servers);
  const policy = usePhone(({ settings }) => settings.ice_transport_policy);
  const { change } = useActions();
  /** Place of the TURN server whose form is open; one past the end for a new one. */
  const [editing, setEditing] = useState<number | null>(null);
  const edited = editing === null ? undefined : turnServers[editing];
  return (
    <Section title={en.soundNetwork.title}>
      <p className="settings-note">{en.soundNetwork.text}</p>
      <LineField
        label={en.soundNetwork.stun}
        value={stunText(stunServers)}
        placeholder={en.soundNetwork.stunHint}
        problemOf={stunProblem}
        onChange={(text) => void change({ stun_servers: stunList(text) })}
      />
      {turnServers.map(({ url, username }, index) => (
        <div key={`${index} ${url}`} className="settings-line">
          <span className="row-text">
            <span className="turn-address">{url}</span>
            <span className="row-detail">{username || en.soundNetwork.noUser}</span>
          </span>
          <button
            type="button"
            className="button"
            aria-label={en.soundNetwork.edit(url)}
            onClick={() => setEditing(index)}
          >
            {en.settings.editWord}
          </button>
        </div>
      ))}
      <div className="settings-line">
        <button
          type="button"
          className="button button-quiet button-wide"
          onClick={() => setEditing(turnServers.length)}
        >
          <Icon of={Plus} size={18} />
          {en.soundNetwork.addTurn}
        </button>
      </div>
      <Switch
        label={en.soundNetwork.relay}
        detail={en.soundNetwork.relayText}
        on={policy === 'relay'}
        onChange={(relay) => void change({ ice_transport_policy: relay ? 'relay' : 'all' })}
      />
      <SoundChecks />
      {editing !== null && (
        <Sheet label={en.soundNetwork.turnTitle} onClose={() => setEditing(null)}>
          <TurnForm
            index={editing}
            start={edited === undefined ? emptyTurnDraft : turnDraftOf(edited)}
            onDone={() => setEditing(null)}
          />
        </Sheet>
      )}
    </Section>
  );
}

type SoundCheck = RequestOutput<'diagnostics.sound'>['checks'][number];

const signs = { good: Check, bad: X, unknown: CircleHelp } as const;

function SoundChecks() {
  const { checkSound } = useActions();
  const [checks, setChecks] = useState<readonly SoundCheck[] | null>(null);
  const [checking, setChecking] = useState(false);
  const check = async () => {
    setChecking(true);
    setChecks(await checkSound());
    setChecking(false);
  };
  return (
    <div className="sound-checks">
      <button
        type="button"
        className="button button-wide"
        aria-disabled={checking}
        onClick={checking ? undefined : () => void check()}
      >
        {checking ? en.soundNetwork.checking : en.soundNetwork.check}
      </button>
      <ul aria-label={en.soundNetwork.found} aria-live="polite">
        {(checks ?? []).map(({ id, title, state, sentence, cure }) => (
          <li key={`${id} ${title}`} className="sound-check">
            <span className={`sound-check-sign field-note-${state}`}>
              <Icon of={signs[state]} size={16} />
              <span className="unseen">{en.soundNetwork.state[state]}</span>
            </span>
            <span className="row-text">
              <span className="sound-check-title">{title}</span>
              <span className="sound-check-sentence">{[sentence, cure].filter(Boolean).join(' ')}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
