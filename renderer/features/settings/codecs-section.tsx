/** Which codecs are offered and in which order, by drag or by key, and what few want of them. */
import { GripVertical } from 'lucide-react';
import { useState } from 'react';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { MoveButtons } from '../../ui/move-buttons.tsx';
import { BareSwitch, Switch } from '../../ui/switch.tsx';
import { reordered, switched, voiceCodecs, type CodecName } from './codec-order.ts';
import './codecs.css';
import { Section } from './section.tsx';

/** What is said below the list. */
interface Note {
  words: string;
  warn: boolean;
}

export function CodecsSection() {
  const codecs = usePhone(({ settings }) => settings.codecs);
  const { change } = useActions();
  const [dragged, setDragged] = useState<number | null>(null);
  const [note, setNote] = useState<Note>({ words: en.codecs.text, warn: false });
  const order = voiceCodecs(codecs);
  const move = (from: number, to: number) => {
    const moved = order[from];
    if (moved === undefined) return;
    setNote({ words: en.codecs.moved(en.codecs.names[moved.name].label, to + 1), warn: false });
    void change({ codecs: reordered(codecs, from, to) });
  };
  const turn = (name: CodecName, on: boolean) => {
    const next = switched(codecs, name, on);
    setNote({ words: next === null ? en.codecs.last : en.codecs.text, warn: next === null });
    if (next !== null) void change({ codecs: next });
  };
  return (
    <Section title={en.codecs.title}>
      <ol className="codecs">
        {order.map(({ name, enabled }, index) => {
          const { label, detail } = en.codecs.names[name];
          return (
            <li
              key={name}
              className={dragged === index ? 'codec codec-dragged' : 'codec'}
              draggable
              onDragStart={() => setDragged(index)}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={() => {
                if (dragged !== null && dragged !== index) move(dragged, index);
              }}
            >
              <span className="codec-grip">
                <Icon of={GripVertical} size={16} />
              </span>
              <span className="row-text">
                <span className="row-title">{label}</span>
                <span className="row-detail">{detail}</span>
              </span>
              <MoveButtons
                up={en.codecs.up(label)}
                down={en.codecs.down(label)}
                index={index}
                count={order.length}
                onMove={(step) => move(index, index + step)}
              />
              <BareSwitch name={en.codecs.use(label)} on={enabled} onChange={(on) => turn(name, on)} />
            </li>
          );
        })}
      </ol>
      <p className={note.warn ? 'settings-note settings-note-warn' : 'settings-note'} role="status">
        {note.words}
      </p>
      <OpusOptions />
    </Section>
  );
}

const rates = [16_000, 48_000] as const;
const bitrates = [12_000, 16_000, 24_000, 32_000, 48_000, 64_000, 96_000] as const;
const packetTimes = [10, 20, 30, 40, 60] as const;

function OpusOptions() {
  const opus = usePhone(({ settings }) => settings.opus);
  const packetTime = usePhone(({ settings }) => settings.rtp.packet_time);
  const { change } = useActions();
  const offered = bitrates.some((rate) => rate === opus.bitrate)
    ? bitrates
    : [...bitrates, opus.bitrate].sort((a, b) => a - b);
  return (
    <details className="alignment">
      <summary>{en.codecs.more}</summary>
      <Choice
        name={en.codecs.packetTime}
        value={packetTime}
        options={packetTimes}
        word={en.units.ms}
        onChoose={(packet_time) => void change({ rtp: { packet_time } })}
      />
      <Choice
        name={en.codecs.opusRate}
        value={opus.sample_rate}
        options={rates}
        word={(rate) => en.codecs.opusRates[rate]}
        onChoose={(sample_rate) => void change({ opus: { sample_rate } })}
      />
      <Choice
        name={en.codecs.opusBitrate}
        value={opus.bitrate}
        options={offered}
        word={(rate) => en.units.kbits(rate)}
        onChoose={(bitrate) => void change({ opus: { bitrate } })}
      />
      <Switch
        label={en.codecs.fec}
        detail={en.codecs.fecText}
        on={opus.fec}
        onChange={(fec) => void change({ opus: { fec } })}
      />
      <Switch
        label={en.codecs.dtx}
        detail={en.codecs.dtxText}
        on={opus.dtx}
        onChange={(dtx) => void change({ opus: { dtx } })}
      />
    </details>
  );
}

interface ChoiceProps<T extends number> {
  name: string;
  value: T;
  options: readonly T[];
  word: (option: T) => string;
  onChoose: (option: T) => void;
}

function Choice<T extends number>({ name, value, options, word, onChoose }: ChoiceProps<T>) {
  return (
    <label className="settings-line">
      <span className="settings-name">{name}</span>
      <select
        className="select"
        value={value}
        onChange={({ target }) => {
          const chosen = options.find((option) => String(option) === target.value);
          if (chosen !== undefined) onChoose(chosen);
        }}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {word(option)}
          </option>
        ))}
      </select>
    </label>
  );
}
