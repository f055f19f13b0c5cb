/** The microphone as the settings want it, and what went wrong in the words of the contract. */
import { makeError, type PhoneError } from '../../contract/errors.ts';
import { frameRate } from '../../contract/audio-frames.ts';
import type { Settings } from '../../contract/settings.ts';

export type MicrophoneResult =
  { ok: true; stream: MediaStream; fellBack: boolean } | { ok: false; error: PhoneError };

/** What the browser is asked for. `deviceId` empty means the system's own choice. */
export function microphoneConstraints(audio: Settings['audio'], deviceId: string): MediaTrackConstraints {
  return {
    channelCount: 1,
    sampleRate: frameRate,
    echoCancellation: audio.echo_cancellation,
    noiseSuppression: audio.noise_reduction,
    autoGainControl: audio.auto_gain_control,
    ...(deviceId === '' ? {} : { deviceId: { exact: deviceId } }),
  };
}

/** A DOMException's name (Media Capture and Streams §10.2.1) as an error of the contract. */
export function microphoneError(name: string, message: string): PhoneError {
  if (name === 'NotAllowedError' || name === 'SecurityError') return makeError('microphone.denied');
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return makeError('microphone.missing');
  return makeError('microphone.failed', { reason: (message || name).replace(/\.$/, '') });
}

/** Opens the chosen microphone; when it is not there, the system's own one. Never rejects. */
export async function openMicrophone(audio: Settings['audio']): Promise<MicrophoneResult> {
  const chosen = await askFor(audio, audio.input_device);
  const gone = !chosen.ok && chosen.error.code === 'microphone.missing' && audio.input_device !== '';
  if (!gone) return chosen;
  const standard = await askFor(audio, '');
  return standard.ok ? { ...standard, fellBack: true } : standard;
}

async function askFor(audio: Settings['audio'], deviceId: string): Promise<MicrophoneResult> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: microphoneConstraints(audio, deviceId),
    });
    return { ok: true, stream, fellBack: false };
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { ok: false, error: microphoneError(name, message) };
  }
}
