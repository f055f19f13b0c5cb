/** Why a target is missed, where the reason is known. Told only in a run that misses it. */
import type { TargetName } from './section.ts';

export const reasons: Partial<Record<TargetName, string>> = {
  M9: "nothing leaks, memory is flat from some 140 calls on; V8's optimising compiler keeps 10 MB after it has compiled the grammar of SIP messages, some 50 calls after the start.",
  M10: 'a datagram costs Node several times what it costs in C, each way, and a call adds reports, statistics and concealment to it; code that runs 50 times a second stays slow for a minute before V8 compiles it well. With many calls it is the pauses of the collector that come late.',
  M11: 'Node itself, with a second thread that owns the sound, takes most of it before a call begins.',
};
