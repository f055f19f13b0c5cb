/** Why a target is missed, where the reason is known. Told only in a run that misses it. */
import type { TargetName } from './section.ts';

export const reasons: Partial<Record<TargetName, string>> = {
  M10: 'a datagram costs Node several times what it costs in C, each way, and a call adds reports, statistics and concealment to it.',
  M11: 'Node itself, with a second thread that owns the sound, takes most of it before a call begins.',
};
