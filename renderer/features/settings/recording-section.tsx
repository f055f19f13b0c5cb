/** How calls are recorded, where they may be at all. */
import { Lock } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { Switch } from '../../ui/switch.tsx';
import { LineField } from './line-field.tsx';
import { Section } from './section.tsx';

export function RecordingSection() {
  const recording = usePhone(({ settings }) => settings.recording);
  const { change } = useActions();
  if (!recording.allowed)
    return (
      <Section title={en.recording.title}>
        <p className="settings-locked">
          <Icon of={Lock} size={18} />
          {en.recording.locked}
        </p>
      </Section>
    );
  return (
    <Section title={en.recording.title}>
      <Switch
        label={en.recording.tone}
        detail={en.recording.toneText}
        on={recording.tone}
        onChange={(tone) => void change({ recording: { tone } })}
      />
      <Switch
        label={en.recording.automatic}
        detail={en.recording.automaticText}
        on={recording.automatic}
        onChange={(automatic) => void change({ recording: { automatic } })}
      />
      <LineField
        label={en.recording.folder}
        value={recording.folder}
        placeholder={en.recording.folderHint}
        onChange={(folder) => void change({ recording: { folder } })}
      />
    </Section>
  );
}
