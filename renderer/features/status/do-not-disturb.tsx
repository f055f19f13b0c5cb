/** The moon: turns every call away as busy, and says so as long as it is on. */
import { Moon } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';

export function DoNotDisturb() {
  const on = usePhone(({ settings }) => settings.calls.do_not_disturb);
  const { change } = useActions();
  return (
    <button
      type="button"
      className="status-moon"
      aria-pressed={on}
      aria-label={en.doNotDisturb.name}
      title={`${en.doNotDisturb.name}. ${on ? en.doNotDisturb.detailOn : en.doNotDisturb.detailOff}`}
      onClick={() => void change({ calls: { do_not_disturb: !on } })}
    >
      <span className="status-moon-key">
        <Icon of={Moon} size={18} />
      </span>
    </button>
  );
}
