/** A volume slider that is its level meter: the knob is the setting, the bar inside is what sounds now. */
import { Mic, MicOff, Volume2 } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useView } from '../../store/desk.ts';
import { silence } from '../../store/phone-view.ts';
import { Icon } from '../../ui/icon.tsx';
import { meterShare } from './volume.ts';
import { VolumeSlider } from './volume-slider.tsx';

export function LevelSlider({ call, side }: { call: CallSnapshot; side: 'microphone' | 'speaker' }) {
  const levelDb = useView((view) => {
    const levels = view.levels[call.id] ?? silence;
    return side === 'microphone' ? levels.microphoneDb : levels.speakerDb;
  });
  const muted = side === 'microphone' && call.muted;
  const clipping = useView((view) => side === 'microphone' && view.levels[call.id]?.clipping === true);
  const icon = side === 'speaker' ? Volume2 : muted ? MicOff : Mic;
  return (
    <div className={muted ? 'level level-muted' : clipping ? 'level level-clipping' : 'level'}>
      <Icon of={icon} size={18} />
      <VolumeSlider
        setting={side === 'microphone' ? 'microphone_volume' : 'speaker_volume'}
        name={en.call[side]}
        level={meterShare(levelDb)}
      />
    </div>
  );
}
