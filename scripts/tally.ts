/** What became of each test, whichever runner ran it, and how a run of stages is summed up. */

export interface TestOutcome {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped; of one that passed: why its first try failed, empty when there was none but this. */
  detail: string;
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

export function count(outcomes: readonly TestOutcome[]): Totals {
  const of = (wanted: TestOutcome['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

/** The last line of a run: `N passed, N failed` and, when there are any, `, N skipped`. */
export function totalLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** 0 only when something ran and nothing failed. */
export function exitStatusOf({ passed, failed }: Totals): number {
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** As far as it concerns us: Playwright's JSON report. */
interface PlaywrightReport {
  suites?: PlaywrightSuite[];
  /** Of files that could not even be loaded. */
  errors?: { message?: string }[];
}

interface PlaywrightSuite {
  title: string;
  suites?: PlaywrightSuite[];
  specs?: {
    title: string;
    tests: {
      projectName: string;
      status: 'expected' | 'unexpected' | 'flaky' | 'skipped';
      annotations?: { type: string; description?: string }[];
      results: { error?: { message?: string }; errors?: { message?: string }[] }[];
    }[];
  }[];
}

export function fromPlaywright(report: PlaywrightReport): TestOutcome[] {
  const outcomes = (report.suites ?? []).flatMap((suite) => fromSuite(suite, []));
  const broken = (report.errors ?? []).map(({ message }): TestOutcome => ({
    name: 'Playwright',
    outcome: 'failed',
    detail: plain(message ?? 'failed'),
  }));
  return [...outcomes, ...broken];
}

function fromSuite(suite: PlaywrightSuite, above: readonly string[]): TestOutcome[] {
  const path = [...above, suite.title];
  const own = (suite.specs ?? []).flatMap((spec) =>
    spec.tests.map((test): TestOutcome => {
      const name = [...path, spec.title].join(' › ');
      if (test.status === 'skipped') {
        const reason = test.annotations?.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
        return { name, outcome: 'skipped', detail: reason ?? 'no reason given' };
      }
      if (test.status === 'unexpected') {
        const messages = test.results.flatMap((result) => (result.errors ?? []).map(messageOf));
        return { name, outcome: 'failed', detail: plain(messages.join('\n')) || 'failed' };
      }
      const firstTry = test.status === 'flaky' ? test.results[0]?.errors : [];
      return { name, outcome: 'passed', detail: plain((firstTry ?? []).map(messageOf).join('\n')) };
    }),
  );
  return [...own, ...(suite.suites ?? []).flatMap((inner) => fromSuite(inner, path))];
}

const messageOf = ({ message }: { message?: string }): string => message ?? '';

/** Without the colours of a terminal. */
export function plain(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '').trim();
}
