/** Which extensions one watches, and in which order. Every change counts at once. */
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { Settings } from '../../../contract/settings.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { MoveButtons } from '../../ui/move-buttons.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { lampName } from './lamp-words.ts';
import { moved, watched } from './watch-list.ts';

export function LampEditor({ onDone }: { onDone: () => void }) {
  const lamps = usePhone(({ settings }) => settings.lamps);
  const { change } = useActions();
  const save = (next: Settings['lamps']) => void change({ lamps: next });
  return (
    <section className="lamp-editor" aria-label={en.lamps.edit}>
      <ol className="lamp-edit-list">
        {lamps.map((lamp, index) => {
          const name = lampName(lamp);
          return (
            <li key={lamp.number} className="lamp-edit-row">
              <span className="row-text">
                <span className="row-title">{name}</span>
                {lamp.label !== '' && <span className="row-detail">{lamp.number}</span>}
              </span>
              <MoveButtons
                up={en.lamps.up(name)}
                down={en.lamps.down(name)}
                index={index}
                count={lamps.length}
                onMove={(step) => save(moved(lamps, index, step))}
              />
              <IconButton
                word={en.lamps.remove(name)}
                onClick={() => save(lamps.filter((each) => each !== lamp))}
              >
                <Icon of={X} size={18} />
              </IconButton>
            </li>
          );
        })}
      </ol>
      <AddLamp lamps={lamps} onAdd={save} />
      <button type="button" className="button button-wide" onClick={onDone}>
        {en.lamps.done}
      </button>
    </section>
  );
}

function AddLamp({ lamps, onAdd }: { lamps: Settings['lamps']; onAdd: (lamps: Settings['lamps']) => void }) {
  const [number, setNumber] = useState('');
  const [label, setLabel] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const add = () => {
    const next = watched(lamps, number, label);
    if (!next.ok) return setProblem(en.lamps.problem[next.error]);
    setProblem(undefined);
    setNumber('');
    setLabel('');
    onAdd(next.value);
  };
  return (
    <form
      className="lamp-add"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <TextField label={en.lamps.number} value={number} onChange={setNumber} problem={problem} autoFocus />
      <TextField label={en.lamps.label} value={label} onChange={setLabel} placeholder={en.lamps.labelHint} />
      <button type="submit" className="button">
        <Icon of={Plus} size={18} />
        {en.lamps.add}
      </button>
    </form>
  );
}
