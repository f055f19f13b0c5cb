/** The registration as a shape and a colour: full = ready, half = on its way, ring = not reachable. The words stand beside it. */
import type { RegistrationState } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';

export function RegistrationLight({ state, words }: { state: RegistrationState; words: string }) {
  return (
    <svg
      className={`light light-${state}`}
      viewBox="0 0 12 12"
      width="12"
      height="12"
      role="img"
      aria-label={en.registration.light(words)}
    >
      {state === 'registered' ? (
        <circle cx="6" cy="6" r="4.5" fill="currentColor" />
      ) : (
        <circle cx="6" cy="6" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.75" />
      )}
      {(state === 'registering' || state === 'unregistering') && (
        <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
      )}
    </svg>
  );
}
