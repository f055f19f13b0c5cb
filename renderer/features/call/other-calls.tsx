/** That there are more calls than the one that is shown. */
import { en } from '../../i18n/en.ts';
import { activeCalls } from '../../store/calls.ts';
import { usePhone } from '../../store/desk.ts';

export function OtherCalls({ shown }: { shown: string }) {
  const count = usePhone(({ calls }) => activeCalls(calls).filter(({ id }) => id !== shown).length);
  return count === 0 ? null : <p className="call-others">{en.call.others(count)}</p>;
}
