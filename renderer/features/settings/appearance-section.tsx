/** Light or dark, and the keyboard. */
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Switch } from '../../ui/switch.tsx';
import { Section } from './section.tsx';

const themes = ['system', 'light', 'dark'] as const;

export function AppearanceSection() {
  const { theme, single_key_shortcuts: singleKeys } = usePhone(({ settings }) => settings.interface);
  const { change } = useActions();
  return (
    <>
      <Section title={en.settings.appearance}>
        <div className="settings-line settings-line-stacked">
          <div className="segments" role="group" aria-label={en.settings.theme}>
            {themes.map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={theme === name}
                onClick={() => void change({ interface: { theme: name } })}
              >
                {en.settings[name]}
              </button>
            ))}
          </div>
        </div>
      </Section>
      <Section title={en.settings.keyboard}>
        <Switch
          label={en.settings.singleKeys}
          detail={en.settings.singleKeysText}
          on={singleKeys}
          onChange={(on) => void change({ interface: { single_key_shortcuts: on } })}
        />
        <dl className="settings-keys">
          {en.settings.shortcuts.map(([what, key]) => (
            <Shortcut key={what} what={what} keys={key} />
          ))}
        </dl>
      </Section>
    </>
  );
}

function Shortcut({ what, keys }: { what: string; keys: string }) {
  return (
    <>
      <dt>{what}</dt>
      <dd>
        {keys.split(' ').map((key, index) => (
          <kbd key={index}>{key}</kbd>
        ))}
      </dd>
    </>
  );
}
