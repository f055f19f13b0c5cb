/**
 * How the media thread sweeps what Node keeps in its native heap. V8 shares that work with helper threads, and until they have done
 * their part the thread looks again and again, without a pause. They are ordinary threads: on a single processor they get none of it
 * from a thread in real time that never pauses. It ran for 0.95 s, as long as the kernel lets anything in real time run, and was late
 * with every packet after that. There is little to sweep, so the thread does it alone.
 */
import { setFlagsFromString } from 'node:v8';

/** For threads that start from now on: V8 reads this flag when it makes a thread's heap, and nowhere else once it runs. */
export function sweepWithoutHelpers(): void {
  setFlagsFromString('--single-threaded-gc');
}
