/**
 * The media thread before other work: sound that comes late is lost, everything else can wait.
 */
import { constants, getPriority, setPriority } from 'node:os';

/**
 * Raises the priority of the calling thread (Linux: of this thread alone; elsewhere of its process), as far as the system
 * lets this user. Linux without the privilege refuses; nothing is lost then.
 * @returns the priority in force, as `nice` counts: −20 first, 19 last
 */
export function raiseThreadPriority(): number {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // EACCES: an ordinary user of Linux or macOS. Deadlines are met by the scheduler's normal fairness.
  }
  return getPriority();
}
