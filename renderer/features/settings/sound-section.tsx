/** Devices and volumes. */
import type { SoundDevice } from '../../audio/devices.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Section } from './section.tsx';
import { VolumeLine } from './volume-line.tsx';

export function SoundSection() {
  const audio = usePhone(({ settings }) => settings.audio);
  const devices = useView((view) => view.devices);
  const fellBack = useView(({ sound }) => (sound.phase === 'open' ? sound.fellBack : null));
  const { change } = useActions();
  return (
    <Section title={en.settings.sound}>
      <DeviceLine
        name={en.settings.microphone}
        devices={devices.inputs}
        chosen={audio.input_device}
        onChoose={(id) => void change({ audio: { input_device: id } })}
      />
      {fellBack?.includes('microphone') === true && <FellBackNote text={en.settings.microphoneFellBack} />}
      <DeviceLine
        name={en.settings.speaker}
        devices={devices.outputs}
        chosen={audio.output_device}
        onChoose={(id) => void change({ audio: { output_device: id } })}
      />
      {fellBack?.includes('speaker') === true && <FellBackNote text={en.settings.speakerFellBack} />}
      <DeviceLine
        name={en.settings.ring}
        devices={devices.outputs}
        chosen={audio.ring_device}
        onChoose={(id) => void change({ audio: { ring_device: id } })}
      />
      <VolumeLine setting="microphone_volume" name={en.settings.microphoneVolume} />
      <VolumeLine setting="speaker_volume" name={en.settings.speakerVolume} />
      <VolumeLine setting="ring_volume" name={en.settings.ringVolume} />
    </Section>
  );
}

interface DeviceLineProps {
  name: string;
  devices: readonly SoundDevice[];
  chosen: string;
  onChoose: (id: string) => void;
}

function DeviceLine({ name, devices, chosen, onChoose }: DeviceLineProps) {
  const gone = chosen !== '' && !devices.some(({ id }) => id === chosen);
  return (
    <label className="settings-line">
      <span className="settings-name">{name}</span>
      <select className="select" value={chosen} onChange={({ target }) => onChoose(target.value)}>
        <option value="">{en.settings.systemDevice}</option>
        {devices.map(({ id, label }, index) => (
          <option key={id} value={id}>
            {label || en.settings.unnamedDevice(index + 1)}
          </option>
        ))}
        {gone && <option value={chosen}>{en.settings.goneDevice}</option>}
      </select>
    </label>
  );
}

const FellBackNote = ({ text }: { text: string }) => (
  <p className="settings-note settings-note-warn" role="status">
    {text}
  </p>
);
