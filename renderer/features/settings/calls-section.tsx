/** What the phone does with calls by itself, and what it dials so that the PBX does something. */
import type { Settings } from '../../../contract/settings.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Switch } from '../../ui/switch.tsx';
import { CodeField } from './code-field.tsx';
import { Section } from './section.tsx';

const switches = ['call_waiting', 'accept_transfers', 'auto_answer'] as const;
const redirects: readonly Settings['calls']['redirects'][] = ['ask', 'automatic'];
const codes = Object.keys(en.featureCodes.names) as (keyof Settings['feature_codes'])[];

export function CallsSection() {
  const calls = usePhone(({ settings }) => settings.calls);
  const featureCodes = usePhone(({ settings }) => settings.feature_codes);
  const { change } = useActions();
  return (
    <Section title={en.calls.title}>
      {switches.map((name) => (
        <Switch
          key={name}
          label={en.calls[name].label}
          detail={en.calls[name].detail}
          on={calls[name]}
          onChange={(on) => void change({ calls: { [name]: on } })}
        />
      ))}
      <div className="settings-line settings-line-stacked">
        <span>{en.calls.redirects}</span>
        <div className="segments" role="group" aria-label={en.calls.redirects}>
          {redirects.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={calls.redirects === name}
              onClick={() => void change({ calls: { redirects: name } })}
            >
              {en.calls[name]}
            </button>
          ))}
        </div>
      </div>
      <details className="alignment">
        <summary>{en.featureCodes.title}</summary>
        <p className="settings-note">{en.featureCodes.text}</p>
        <div className="feature-codes">
          {codes.map((name) => (
            <CodeField
              key={name}
              label={en.featureCodes.names[name]}
              value={featureCodes[name]}
              onChange={(code) => void change({ feature_codes: { [name]: code } })}
            />
          ))}
        </div>
      </details>
    </Section>
  );
}
