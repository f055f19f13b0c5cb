/** A slider over one of the volumes in the settings. It follows the hand at once and writes the setting a few times a second. */
import { useEffect, useRef, useState } from 'react';
import { useActions, usePhone } from '../../store/desk.ts';
import './volume-slider.css';
import { gainOfPlace, placeOfGain } from './volume.ts';

const writeEveryMs = 120;
const followAgainMs = 800;

interface VolumeSliderProps {
  setting: 'microphone_volume' | 'speaker_volume' | 'ring_volume';
  name: string;
  /** The live level inside, 0 to 1; nothing where nothing sounds. */
  level?: number;
}

export function VolumeSlider({ setting, name, level = 0 }: VolumeSliderProps) {
  const { change } = useActions();
  const gain = usePhone(({ settings }) => settings.audio[setting]);
  // The ring's volume is a share of the tone, the other two are gains.
  const asPlace = setting === 'ring_volume' ? gain : placeOfGain(gain);
  const [hand, setHand] = useState<number | null>(null);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const place = hand ?? asPlace;

  useEffect(() => {
    if (hand === null) return undefined;
    const timer = setTimeout(() => setHand(null), followAgainMs);
    return () => clearTimeout(timer);
  }, [hand]);

  const latest = useRef(0);
  const move = (next: number) => {
    setHand(next);
    latest.current = next;
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      const value = setting === 'ring_volume' ? latest.current : gainOfPlace(latest.current);
      void change({ audio: { [setting]: value } });
    }, writeEveryMs);
  };

  return (
    <div className="volume" style={{ '--place': place, '--level': level } as React.CSSProperties}>
      <span className="volume-track" />
      <span className="volume-set" />
      <span className="volume-level" />
      <input
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={place}
        aria-label={name}
        aria-valuetext={`${Math.round(place * 100)} %`}
        title={`${name}: ${Math.round(place * 100)} %`}
        onChange={(event) => move(event.target.valueAsNumber)}
      />
    </div>
  );
}
