/** `sidetone settings`: the effective settings with the alignment report. */
import { alignmentReport } from '../../contract/alignment.ts';
import { folders } from '../../host/folders.ts';
import { openSettingsStore } from '../../host/settings-store.ts';
import { exitStatus } from '../exit-status.ts';
import { createOutput } from '../output.ts';

/** Runs the command; returns the exit status: 1 when the document on disk is damaged. */
export function settingsCommand(options: { json?: boolean }): number {
  const output = createOutput(options.json === true);
  const store = openSettingsStore(folders());
  try {
    const settings = store.load();
    const report = alignmentReport(settings);
    if (options.json === true) {
      output.event({ event: 'settings', settings, alignment: report, problem: store.problem });
    } else {
      const width = Math.max(...report.map(({ setting }) => setting.length));
      for (const { setting, key, actual, expected, matched } of report) {
        const verdict = matched ? 'matched' : `differs, the desk phone has ${expected}`;
        process.stdout.write(`${setting.padEnd(width)}  ${actual}  (${verdict})  ${key}\n`);
      }
      const count = report.filter(({ matched }) => matched).length;
      process.stdout.write(`${count} of ${report.length} rows match the Zultys ZIP33G.\n`);
    }
    if (store.problem === null) return exitStatus.success;
    output.say(`The settings file is damaged, defaults are in force: ${store.problem}`);
    return exitStatus.internal;
  } finally {
    store.close();
  }
}
