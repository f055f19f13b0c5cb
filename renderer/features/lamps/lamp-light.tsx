/** A lamp as a shape and a colour: full = free, ring with a dot = ringing, full square = on a call, two bars = on hold, dashes = unknown. */
import type { Lamp } from '../../../contract/snapshot.ts';
import './lamps.css';

/** For the eye alone: the words stand beside it. */
export function LampLight({ state }: { state: Lamp['state'] }) {
  return (
    <svg className={`lamp lamp-${state}`} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {state === 'idle' && <circle cx="7" cy="7" r="5.5" fill="currentColor" />}
      {state === 'ringing' && (
        <>
          <circle cx="7" cy="7" r="5.6" fill="none" stroke="currentColor" strokeWidth="1.75" />
          <circle cx="7" cy="7" r="2.25" fill="currentColor" />
        </>
      )}
      {state === 'busy' && <rect x="1.5" y="1.5" width="11" height="11" rx="2.5" fill="currentColor" />}
      {state === 'held' && <path d="M3 2h3v10H3zM8 2h3v10H8z" fill="currentColor" />}
      {state === 'unknown' && (
        <circle
          cx="7"
          cy="7"
          r="5.6"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.75"
          strokeDasharray="2.6 2.2"
        />
      )}
    </svg>
  );
}
