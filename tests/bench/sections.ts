/** The sections of the benchmark by the names that `npm run bench -- --only` takes, in the order of a whole run. */
import { callSection } from './call-section.ts';
import { codecSection } from './codec-section.ts';
import { crowdSection } from './crowd-section.ts';
import { delaySection } from './delay-section.ts';
import { desktopSection } from './desktop-section.ts';
import { digitsSection } from './digits-section.ts';
import { lossSection } from './loss-section.ts';
import { pacingSection } from './pacing-section.ts';
import { registrationSection } from './registration-section.ts';
import { rowSection } from './row-section.ts';
import type { Section } from './section.ts';

export const sections: Record<string, Section> = {
  codec: { title: 'Codec and concealment', targets: ['M1', 'M2', 'M7'], limitMinutes: 3, run: codecSection },
  call: {
    title: 'One call through Echo()',
    targets: ['M3', 'M10', 'M11'],
    limitMinutes: 15,
    run: callSection,
  },
  desktop: { title: 'One call in the desktop', targets: ['M11'], limitMinutes: 4, run: desktopSection },
  pacing: { title: 'Pacing under stalls', targets: ['M3'], limitMinutes: 3, run: pacingSection },
  registration: { title: 'Registering', targets: ['M9'], limitMinutes: 4, run: registrationSection },
  row: { title: 'Calls in a row', targets: ['M9'], limitMinutes: 10, run: rowSection },
  delay: { title: 'Receive delay', targets: ['M4', 'M5'], limitMinutes: 8, run: delaySection },
  loss: { title: 'Lost packets', targets: ['M6', 'M7'], limitMinutes: 8, run: lossSection },
  digits: { title: 'Keys', targets: ['M8'], limitMinutes: 5, run: digitsSection },
  crowd: { title: 'Calls at once', targets: ['M10'], limitMinutes: 7, run: crowdSection },
};
