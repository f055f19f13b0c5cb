/**
 * The media thread before other work: sound that comes late is lost, everything else can wait.
 */
import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
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

/** Of the real-time priorities the lowest: before all ordinary work, behind whatever else is in real time. */
const realTimePriority = '1';

/**
 * Asks Linux to schedule the calling thread in real time (SCHED_RR), which Node itself cannot, by the system's `chrt`. Refused without
 * CAP_SYS_NICE or a limit of real-time priorities (`rtprio`, as audio groups have it); nothing is lost then. The kernel leaves other
 * work a twentieth of each second, whatever the thread does, and processes that it starts are ordinary ones.
 * @returns whether it was granted
 */
export function askForRealTime(): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(false);
  const thread = readlinkSync('/proc/thread-self').replace(/^.*\//, '');
  const policy = ['--rr', '--reset-on-fork', '--pid', realTimePriority, thread];
  return new Promise((resolve) => execFile('chrt', policy, (error) => resolve(error === null)));
}
