/** Why a target is missed, where the reason is known. Told only in a run that misses it. */
import type { TargetName } from './section.ts';

export const reasons: Partial<Record<TargetName, string>> = {
  M3: "what leaves late leaves when the computer's host takes the processor away: the section tells how much time that was, and under stalls how many of the late ones lay beside it.",
  M9: "nothing leaks: a row of thousands of calls leaves the heap as it was, and memory is flat from some hundred calls on. What grows before that is V8's compiled code, with its compiler threads' working memory.",
  M10: 'a thread that sleeps between packets finds its caches cold whenever it wakes. The media thread wakes three times in 20 ms where the bare loop wakes twice (the third keeps its slots within a tenth of a millisecond), and runs a few hundred short functions beside sending and receiving, which V8 has not compiled well in the first minute: none of them stands out. Warm, with two hundred calls, the same work takes an eighth of the time for each. What comes late there are pauses: of the computer, which the bare loop has too, and of the collector. A phone uses more than twice as much of the core as the loop, and so needs longer to make up for each.',
  M11: 'Node itself, with a second thread that owns the sound, takes most of it before a call begins.',
};
