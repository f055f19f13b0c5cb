import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../../engine/log.ts';
import { folders } from '../../../host/folders.ts';
import { type RunningPracticeLine, launchPracticeLine } from '../../../host/practice-line.ts';

let home: string;
let said: string[];
const running: RunningPracticeLine[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-practice-test-'));
  said = [];
});
afterEach(async () => {
  for (const line of running.splice(0)) await line.close();
  rmSync(home, { recursive: true, force: true });
});

async function launch(change: { outlivesCrash?: boolean } = {}): Promise<RunningPracticeLine> {
  const log = createLogger('test', (level, _module, message) => {
    if (level === 'warn') said.push(message);
  });
  const line = await launchPracticeLine({ folders: folders({ SIDETONE_HOME: home }), log, ...change });
  running.push(line);
  return line;
}

it('keeps everything under SIDETONE_HOME, and finds the prompts of the program', () => {
  const places = folders({ SIDETONE_HOME: home });
  expect(places.config).toBe(join(home, 'config'));
  expect(places.data).toBe(join(home, 'data'));
  expect(readdirSync(join(places.resources, 'prompts')).length).toBeGreaterThan(50);
});

it('keeps settings and data apart by the habits of the system', () => {
  const places = folders({});
  expect(places.config).toContain('Sidetone');
  expect(places.data).not.toBe(places.config);
});

it('has the same password after a crash, whose lock it waits for', async () => {
  const first = await launch();
  const password = first.password.reveal();
  await first.close();
  // What a process leaves behind that had no time to free its lock, eight seconds ago.
  const lock = join(home, 'data/practice-pbx/in-use.lock');
  mkdirSync(lock);
  const before = new Date(Date.now() - 8_000);
  utimesSync(lock, before, before);
  const second = await launch({ outlivesCrash: true });
  expect(second.password.reveal()).toBe(password);
  expect(said).toEqual([]);
});

it('has the same password at each start', async () => {
  const first = await launch();
  const password = first.password.reveal();
  expect(readFileSync(first.passwordFile, 'utf8').trim()).toBe(password);
  expect(dirname(first.passwordFile)).toBe(join(home, 'data/practice-pbx'));
  expect(first.host).toBe('127.0.0.1');
  await first.close();
  expect((await launch()).password.reveal()).toBe(password);
  expect(said).toEqual([]);
});

it('works beside another one, with a folder of its own for this run, and says so', async () => {
  const first = await launch();
  const second = await launch();
  expect(second.port).not.toBe(first.port);
  expect(second.password.reveal()).not.toBe(first.password.reveal());
  expect(said.join()).toContain('already in use');
  const temporary = dirname(second.passwordFile);
  expect(existsSync(temporary)).toBe(true);
  await second.close();
  expect(existsSync(temporary)).toBe(false);
});
