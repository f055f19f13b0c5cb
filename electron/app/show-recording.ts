/** Shows a past call's recording in the system's file manager. Only files that the phone itself has written: the page names a call. */
import type { Answer } from '../../contract/phone.ts';
import type { PhoneSnapshot } from '../../contract/snapshot.ts';

interface Recordings {
  request(name: unknown, input: unknown): Promise<Answer<unknown>>;
}

/** `show` opens a file's folder. Resolves to false when that call is not known or has no recording. */
export async function showRecording(
  engine: Recordings,
  show: (file: string) => void,
  historyId: unknown,
): Promise<boolean> {
  const answer = await engine.request('phone.snapshot', {});
  if (!answer.ok) return false;
  const { history } = answer.value as PhoneSnapshot;
  const entry = history.find(({ id, recording }) => id === historyId && recording !== '');
  if (entry === undefined) return false;
  show(entry.recording);
  return true;
}
