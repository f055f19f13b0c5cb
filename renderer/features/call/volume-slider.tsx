/** A slider over one of the volumes in the settings. It follows the hand at once and writes the setting a few times a second. */
import { useEffect, useRef, useState } from 'react';
import { useActions, usePhone } from '../../store/desk.ts';
import './volume-slider.css';
import { gainOfPlace, gainOfSidetonePlace, placeOfGain, placeOfSidetoneGain } from './volume.ts';

const writeEveryMs = 120;
const followAgainMs = 800;

const plain = (share: number) => share;
/** The ring's volume is a share of the tone, the others are gains. */
const scales = {
  microphone_volume: { place: placeOfGain, gain: gainOfPlace },
  speaker_volume: { place: placeOfGain, gain: gainOfPlace },
  sidetone_volume: { place: placeOfSidetoneGain, gain: gainOfSidetonePlace },
  ring_volume: { place: plain, gain: plain },
} as const;

interface VolumeSliderProps {
  setting: keyof typeof scales;
  name: string;
  /** The live level inside, 0 to 1; nothing where nothing sounds. */
  level?: number;
}

export function VolumeSlider({ setting, name, level = 0 }: VolumeSliderProps) {
  const { change } = useActions();
  const gain = usePhone(({ settings }) => settings.audio[setting]);
  const { place: placeOf, gain: gainOf } = scales[setting];
  const asPlace = placeOf(gain);
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
      void change({ audio: { [setting]: gainOf(latest.current) } });
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
