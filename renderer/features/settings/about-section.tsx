/** What this phone is, and how its settings stand beside the desk phone's. */
import { alignmentReport } from '../../../contract/alignment.ts';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, usePhone } from '../../store/desk.ts';
import { Switch } from '../../ui/switch.tsx';
import { Section } from './section.tsx';

export function AboutSection() {
  const { view } = useDesk();
  const version = usePhone((snapshot) => snapshot.version);
  const settings = usePhone((snapshot) => snapshot.settings);
  const { change } = useActions();
  const rows = alignmentReport(settings);
  const matched = rows.filter((row) => row.matched).length;
  return (
    <Section title={en.settings.about}>
      <p className="settings-note">{en.settings.version(version)}</p>
      <details className="alignment">
        <summary>
          {matched === rows.length
            ? en.settings.alignmentAll(rows.length)
            : en.settings.alignmentSome(matched, rows.length)}
        </summary>
        <table aria-label={en.settings.alignment}>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key} title={row.key}>
                <th scope="row">{row.setting}</th>
                <td>{row.actual}</td>
                <td className={row.matched ? 'alignment-matched' : 'alignment-differs'}>
                  {row.matched ? en.settings.matched : en.settings.differs(row.expected)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <Switch
        label={en.settings.verbose}
        detail={en.settings.verboseText}
        on={settings.verbose_logging}
        onChange={(on) => void change({ verbose_logging: on })}
      />
      <div className="settings-line">
        <button
          type="button"
          className="button button-quiet button-wide"
          onClick={() => view.setState({ firstRunAgain: true })}
        >
          {en.settings.firstRun}
        </button>
      </div>
    </Section>
  );
}
