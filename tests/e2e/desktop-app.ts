/** Starts the desktop app for a test. */
import { _electron, type ElectronApplication } from '@playwright/test';
import { electronAppFolder, electronExecutable } from '../support/electron-executable.ts';

/**
 * @param home folder for everything that the app keeps
 * @param voice WAV file that its microphone hears over and over; else the browser's own beeps
 */
export function startDesktopApp(home: string, voice?: string): Promise<ElectronApplication> {
  return _electron.launch({
    executablePath: electronExecutable(),
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      ...(voice === undefined ? [] : [`--use-file-for-fake-audio-capture=${voice}`]),
      electronAppFolder(),
    ],
    env: { ...(process.env as Record<string, string>), SIDETONE_HOME: home },
  });
}
