/** Ties the sound to the calls: opened when a call needs it, kept until the last one ends; ring tone and ringback likewise. */
import type { PhoneError } from '../../contract/errors.ts';
import { watchDevices } from '../audio/devices.ts';
import { Sound } from '../audio/sound.ts';
import { Tones } from '../audio/tones.ts';
import type { Shell } from '../shell/shell.ts';
import { activeCalls, incomingCall, isOpen, currentCall, wantsRingback } from './calls.ts';
import type { PhoneView, PhoneViewStore } from './phone-view.ts';
import { defaultSettings } from '../../contract/settings.ts';

export interface PhoneSound {
  /** Opens the sound. Resolves to the microphone's error, or null when you can be heard. */
  open(): Promise<PhoneError | null>;
  retryMicrophone(): Promise<PhoneError | null>;
  /** Takes the sound over from another page. */
  takeOver(): void;
  close(): void;
}

/** The sound belongs to another window of this phone. */
export const soundElsewhere: PhoneSound = {
  open: () => Promise.resolve(null),
  retryMicrophone: () => Promise.resolve(null),
  takeOver: () => undefined,
  close: () => undefined,
};

/** Ringing while one talks is quieter, so that it does not hurt. */
const knockShare = 0.2;
const ringbackVolume = 0.5;

export function tieSound(shell: Shell, view: PhoneViewStore): PhoneSound {
  const audioOf = ({ snapshot }: PhoneView) => (snapshot?.settings ?? defaultSettings).audio;
  const sound = new Sound(shell, audioOf(view.getState()), (state) => view.setState({ sound: state }));
  const tones = new Tones();
  const devices = watchDevices((found) => {
    view.setState({ devices: found });
    void sound.devicesChanged();
  });

  const open = async () => {
    const error = await sound.open();
    // Devices have names only once a permission was given.
    devices.refresh();
    return error;
  };
  const openForCall = async () => {
    const error = await open();
    const call = currentCall(view.getState().snapshot?.calls ?? []);
    if (error === null || call === undefined) return;
    view.setState({ trouble: { kind: 'microphone', who: '', target: null, error } });
  };

  const follow = (state: PhoneView, before: PhoneView) => {
    if (audioOf(state) !== audioOf(before)) sound.configure(audioOf(state));
    const calls = state.snapshot?.calls ?? [];
    const needed = state.dialling !== '' || activeCalls(calls).length > 0;
    if (needed && !sound.isOpen) void openForCall();
    if (!needed && sound.isOpen) sound.close();
    sound.mute(currentCall(calls)?.muted === true);
    ring(state);
  };
  const ring = (state: PhoneView) => {
    const audio = audioOf(state);
    const calls = (state.snapshot?.calls ?? []).filter(isOpen);
    const current = currentCall(calls);
    if (incomingCall(calls) !== undefined) {
      const volume = audio.ring_volume * (current === undefined ? 1 : knockShare);
      tones.play('ring', { deviceId: audio.ring_device, volume });
    } else if (current !== undefined && wantsRingback(current)) {
      const volume = Math.min(ringbackVolume * audio.speaker_volume, 1);
      tones.play('ringback', { deviceId: audio.output_device, volume });
    } else {
      tones.play(null, { deviceId: '', volume: 0 });
    }
  };

  const ends = [
    view.subscribe(follow),
    shell.onAudioTaken(() => {
      sound.disconnect();
      view.setState({ soundTaken: true });
    }),
  ];
  return {
    open,
    retryMicrophone: () => sound.retryMicrophone(),
    takeOver: () => {
      view.setState({ soundTaken: false });
      void sound.connect(true);
    },
    close: () => {
      ends.forEach((end) => end());
      devices.close();
      tones.close();
      sound.close();
    },
  };
}
