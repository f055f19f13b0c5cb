/** A call that has been: a click or Enter calls again; how it sounded, and its recording where there is one. */
import { FileAudio, Phone, PhoneIncoming, PhoneMissed, PhoneOutgoing } from 'lucide-react';
import { useState } from 'react';
import type { HistoryEntry } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { talkText, whenText } from '../../i18n/time.ts';
import { useActions, useDesk } from '../../store/desk.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { codecLabel } from '../call/call-facts.ts';
import { mosWord } from '../call/mos-word.ts';
import { partyName, showNumber } from '../people/party.ts';

/** `now`: ms since 1970. */
export function RecentCall({ entry, now }: { entry: HistoryEntry; now: number }) {
  const { dial } = useActions();
  const { remote, outcome, direction, quality } = entry;
  const who = partyName(remote);
  const missed = outcome === 'missed';
  const mos = quality?.mos ?? null;
  const details = [
    remote.name === '' ? '' : showNumber(remote.number),
    whenText(entry.startedAt, now),
    outcome === 'completed' ? talkText(entry.talkSeconds) : en.recents.outcome[outcome],
    mos === null ? '' : en.recents.sound(en.quality[mosWord(mos)]),
  ].filter((detail) => detail !== '');
  return (
    <li className="recent">
      <button
        type="button"
        className="row"
        title={[entry.sentence, soundSentence(entry)].filter(Boolean).join(' ')}
        onClick={() => void dial(remote.number || remote.uri, who)}
      >
        <span className="recents-icon">
          <Icon
            of={missed ? PhoneMissed : direction === 'outgoing' ? PhoneOutgoing : PhoneIncoming}
            size={18}
          />
        </span>
        <span className="row-text">
          <span className={missed ? 'row-title recents-missed' : 'row-title'}>
            <span className="unseen">{en.keypad.call} </span>
            {who}
          </span>
          <span className="row-detail">
            <span className="unseen">{en.recents[direction]} · </span>
            {details.join(' · ')}
          </span>
        </span>
        <span className="row-call">
          <Icon of={Phone} size={18} />
        </span>
      </button>
      {entry.recording !== '' && <Recording entry={entry} who={who} />}
    </li>
  );
}

/** MOS, losses, delay, codec and encryption in one sentence; empty where nothing was written down. */
function soundSentence({ quality }: HistoryEntry): string {
  if (quality === null || quality.mos === null) return '';
  const { mos, percent, ms } = en.units;
  const facts = [
    `${en.details.mos} ${mos(quality.mos)}`,
    `${percent(quality.lossPercent)} ${en.details.lost.toLowerCase()}`,
    quality.rttMs === null ? '' : `${en.details.roundTrip.toLowerCase()} ${ms(quality.rttMs)}`,
    codecLabel(quality.codec),
    (quality.secure ? en.secrecy.encrypted : en.secrecy.plain).toLowerCase(),
  ];
  return `${facts.filter(Boolean).join(', ')}.`;
}

/** Shows the file where the shell can, else says where it is. */
function Recording({ entry, who }: { entry: HistoryEntry; who: string }) {
  const { shell } = useDesk();
  const [open, setOpen] = useState(false);
  const name = en.recents.recording(who);
  const press = () => {
    if (shell.showRecording === null) return setOpen(!open);
    void shell.showRecording(entry.id).then((shown) => setOpen(!shown));
  };
  return (
    <>
      <IconButton word={name} aria-expanded={shell.showRecording === null ? open : undefined} onClick={press}>
        <Icon of={FileAudio} size={18} />
      </IconButton>
      {open && <p className="recent-file">{entry.recording}</p>}
    </>
  );
}
