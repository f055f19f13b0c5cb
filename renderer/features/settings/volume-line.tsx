/** One of the volumes with its name over it, and what should be known of it below. */
import { VolumeSlider } from '../call/volume-slider.tsx';

interface VolumeLineProps {
  setting: Parameters<typeof VolumeSlider>[0]['setting'];
  name: string;
  note?: string;
}

export const VolumeLine = ({ setting, name, note }: VolumeLineProps) => (
  <div className="settings-line settings-line-stacked">
    <span aria-hidden>{name}</span>
    <VolumeSlider setting={setting} name={name} />
    {note !== undefined && <span className="switch-detail">{note}</span>}
  </div>
);
