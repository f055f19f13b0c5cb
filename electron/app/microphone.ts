/** The system's word on the microphone: macOS and Windows keep one for each app, and macOS has a question to ask. */
import { systemPreferences } from 'electron';

export type MicrophoneAccess = 'granted' | 'denied' | 'unknown';

/** Asks the person where the system does so (macOS, once); else reports what is set. Linux knows no such setting. */
export async function microphoneAccess(): Promise<MicrophoneAccess> {
  if (process.platform !== 'darwin' && process.platform !== 'win32') return 'unknown';
  const status = systemPreferences.getMediaAccessStatus('microphone');
  if (status === 'granted') return 'granted';
  if (status === 'denied' || status === 'restricted') return 'denied';
  if (process.platform !== 'darwin') return 'unknown';
  return (await systemPreferences.askForMediaAccess('microphone')) ? 'granted' : 'denied';
}
