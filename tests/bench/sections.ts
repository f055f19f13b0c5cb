/** The sections of the benchmark by the names that `npm run bench -- --only` takes, in the order of a whole run. */
import { callSection } from './call-section.ts';
import { delaySection } from './delay-section.ts';
import { lossSection } from './loss-section.ts';
import type { Section } from './section.ts';

export const sections: Record<string, Section> = {
  call: { title: 'One call through Echo()', run: callSection },
  delay: { title: 'Receive delay', run: delaySection },
  loss: { title: 'Lost packets', run: lossSection },
};
