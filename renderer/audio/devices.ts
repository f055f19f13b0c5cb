/** The sound devices of this computer, kept up to date. */

export interface SoundDevice {
  id: string;
  label: string;
}
export interface SoundDevices {
  inputs: SoundDevice[];
  outputs: SoundDevice[];
}
export const noDevices: SoundDevices = { inputs: [], outputs: [] };

/** Lists once and after every change (also call `refresh` after a permission: only then devices have names). */
export function watchDevices(listener: (devices: SoundDevices) => void): {
  refresh: () => void;
  close: () => void;
} {
  // Missing where the page is not served securely.
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media === undefined) return { refresh: () => undefined, close: () => undefined };
  const refresh = () => {
    media.enumerateDevices().then(
      (found) => listener(sortDevices(found)),
      () => listener(noDevices),
    );
  };
  media.addEventListener('devicechange', refresh);
  refresh();
  return { refresh, close: () => media.removeEventListener('devicechange', refresh) };
}

/** Chromium's own "default" and "communications" entries repeat a device: the settings' empty choice stands for them. */
export function sortDevices(
  found: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[],
): SoundDevices {
  const ofKind = (kind: MediaDeviceKind): SoundDevice[] =>
    found
      .filter(
        (device) => device.kind === kind && !['', 'default', 'communications'].includes(device.deviceId),
      )
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { inputs: ofKind('audioinput'), outputs: ofKind('audiooutput') };
}
