/** Runs one section in a lab of its own. One that fails or hangs says so in its verdicts, and the others go on. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunSection } from './document.ts';
import { openLab } from './lab.ts';
import { unmeasured, type Section, type SectionOptions } from './section.ts';

/** Never rejects: what went wrong is in the verdicts and the notes. */
export async function runSection(
  section: Section,
  options: Omit<SectionOptions, 'lab'>,
): Promise<RunSection> {
  const { title, targets } = section;
  const [startedAt, from] = [new Date(), performance.now()];
  const when = () => ({ title, startedAt, tookMs: performance.now() - from });
  try {
    const result = await inLab(section, options);
    return { ...when(), ...result };
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    options.say(`it failed: ${reason}`);
    const failed = `not measured: ${reason}`;
    return {
      ...when(),
      rows: [],
      verdicts: targets.map((target) => unmeasured(target, failed)),
      notes: [failed],
    };
  }
}

async function inLab({ limitMinutes, run }: Section, options: Omit<SectionOptions, 'lab'>) {
  const lab = await openLab();
  const waiting = new AbortController();
  const limit = delay(limitMinutes * 60_000, undefined, { signal: waiting.signal }).then(() => {
    throw new Error(`it took longer than ${limitMinutes} minutes`);
  });
  try {
    return await Promise.race([run({ ...options, lab }), limit]);
  } finally {
    waiting.abort();
    limit.catch(() => undefined);
    await lab.close();
  }
}
