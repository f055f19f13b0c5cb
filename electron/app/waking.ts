/** Tells the phone what the system says about sleep, so that it is back before its own clocks notice. */
import type { Engine } from './engine.ts';

/** The part of Electron's powerMonitor that is used. */
interface PowerEvents {
  on(event: 'resume' | 'unlock-screen', listener: () => void): unknown;
}

/** Connects the system's power events. Called once, after the app is ready. */
export function setupWaking(
  powerMonitor: PowerEvents,
  engine: Pick<Engine, 'resumed' | 'networkHint'>,
): void {
  powerMonitor.on('resume', () => engine.resumed());
  powerMonitor.on('unlock-screen', () => engine.networkHint());
}
