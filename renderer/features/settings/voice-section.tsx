/** What is done to one's voice before others hear it, and how much of it one hears oneself. */
import { en } from '../../i18n/en.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Switch } from '../../ui/switch.tsx';
import { MicrophoneCheckLine } from './microphone-check-line.tsx';
import { Section } from './section.tsx';
import { VolumeLine } from './volume-line.tsx';

const switches = [
  'echo_cancellation',
  'noise_reduction',
  'strong_noise_reduction',
  'auto_gain_control',
  'voice_activity_detection',
  'comfort_noise',
] as const;

export function VoiceSection() {
  const audio = usePhone(({ settings }) => settings.audio);
  const noiseFailed = useView(({ sound }) => sound.phase === 'open' && sound.fellBack.includes('noise'));
  const { change } = useActions();
  return (
    <Section title={en.voice.title}>
      <MicrophoneCheckLine />
      {switches.map((name) => {
        const { label, detail } = en.voice[name];
        return (
          <Switch
            key={name}
            label={label}
            {...(detail === '' ? {} : { detail })}
            on={audio[name]}
            onChange={(on) => void change({ audio: { [name]: on } })}
          />
        );
      })}
      {noiseFailed && (
        <p className="settings-note settings-note-warn" role="status">
          {en.voice.noiseFailed}
        </p>
      )}
      <VolumeLine setting="sidetone_volume" name={en.voice.sidetone} note={en.voice.sidetoneText} />
    </Section>
  );
}
