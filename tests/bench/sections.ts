/** The sections of the benchmark by the names that `npm run bench -- --only` takes, in the order of a whole run. */
import { callSection } from './call-section.ts';
import { codecSection } from './codec-section.ts';
import { crowdSection } from './crowd-section.ts';
import { delaySection } from './delay-section.ts';
import { digitsSection } from './digits-section.ts';
import { lossSection } from './loss-section.ts';
import { pacingSection } from './pacing-section.ts';
import { registrationSection } from './registration-section.ts';
import { rowSection } from './row-section.ts';
import type { Section } from './section.ts';

export const sections: Record<string, Section> = {
  codec: { title: 'Codec and concealment', run: codecSection },
  call: { title: 'One call through Echo()', run: callSection },
  pacing: { title: 'Pacing under stalls', run: pacingSection },
  registration: { title: 'Registering', run: registrationSection },
  row: { title: 'Calls in a row', run: rowSection },
  delay: { title: 'Receive delay', run: delaySection },
  loss: { title: 'Lost packets', run: lossSection },
  digits: { title: 'Keys', run: digitsSection },
  crowd: { title: 'Calls at once', run: crowdSection },
};
