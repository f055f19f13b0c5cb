/**
 * A reporter of vitest that writes each test's outcome, with the reason of what was skipped, to the file named by
 * SIDETONE_TALLY_FILE, for `npm test` to count.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';
import { plain, type TestOutcome } from '../../scripts/tally.ts';

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const outcomes = modules.flatMap((module) => [
      ...[...module.children.allTests()].map(outcomeOf),
      ...brokenSuites(module),
    ]);
    for (const error of unhandled) {
      outcomes.push({ name: 'outside any test', outcome: 'failed', detail: messageOf(error) });
    }
    const file = process.env['SIDETONE_TALLY_FILE'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(outcomes));
  }
}

function outcomeOf(test: TestCase): TestOutcome {
  const name = `${test.module.relativeModuleId} › ${test.fullName}`;
  const result = test.result();
  switch (result.state) {
    case 'passed':
      return { name, outcome: 'passed', detail: (result.errors ?? []).map(messageOf).join('\n') };
    case 'failed':
      return { name, outcome: 'failed', detail: result.errors.map(messageOf).join('\n') };
    case 'skipped':
      return { name, outcome: 'skipped', detail: result.note ?? 'no reason given' };
    case 'pending':
      return { name, outcome: 'failed', detail: 'never came to an end' };
  }
}

/** Files that cannot be loaded and hooks that fail belong to no test. */
function brokenSuites(module: TestModule): TestOutcome[] {
  const suites = [module, ...module.children.allSuites()];
  return suites.flatMap((suite) =>
    suite.errors().map((error): TestOutcome => {
      const name =
        suite.type === 'module' ? suite.relativeModuleId : `${module.relativeModuleId} › ${suite.fullName}`;
      return { name, outcome: 'failed', detail: messageOf(error) };
    }),
  );
}

function messageOf(error: SerializedError): string {
  return plain(error.message || error.stack || String(error));
}
