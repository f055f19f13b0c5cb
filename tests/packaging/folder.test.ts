/** What electron-builder makes of the app: a folder that starts, holds what it needs, and is closed where a release must be. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElectronApplication, _electron } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../contract/phone.ts';
import type { DesktopBridge } from '../../contract/shell.ts';
import type { PhoneSnapshot } from '../../contract/snapshot.ts';
import { packageApp, type PackagedApp } from '../support/packaged-app.ts';
import { projectRoot } from '../support/project-paths.ts';

interface PageWindow {
  sidetone: DesktopBridge;
}

let folder: string;
let packaged: PackagedApp;
let app: ElectronApplication | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidetone-packaged-'));
  packaged = await packageApp(folder);
  app = await _electron.launch({
    executablePath: packaged.executable,
    args: ['--no-sandbox'],
    env: { ...(process.env as Record<string, string>), SIDETONE_HOME: join(folder, 'home') },
  });
});

afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function page() {
  if (app === undefined) throw new Error('the packaged app did not start');
  return app.firstWindow();
}

async function phone(): Promise<PhoneSnapshot> {
  const answer = (await (
    await page()
  ).evaluate(() =>
    (globalThis as unknown as PageWindow).sidetone.request('phone.snapshot', {}),
  )) as Answer<PhoneSnapshot>;
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

describe('the packaged app', () => {
  it('shows its window from its own scheme', async () => {
    const window = await page();
    expect(window.url()).toMatch(/^sidetone:\/\/app\//);
    await expect.poll(() => window.title()).toContain('Sidetone');
    expect(await window.evaluate(() => typeof (globalThis as { process?: unknown }).process)).toBe(
      'undefined',
    );
  });

  it('is packaged: one archive, and outside it only the keychain', async () => {
    expect(await app?.evaluate(({ app: self }) => self.isPackaged)).toBe(true);
    expect(existsSync(join(packaged.resourcesFolder, 'app.asar'))).toBe(true);
    const unpacked = join(packaged.resourcesFolder, 'app.asar.unpacked');
    expect(readdirSync(join(unpacked, 'node_modules'))).toEqual(['@napi-rs']);
    expect(readdirSync(unpacked)).toEqual(['node_modules']);
  });

  it('has a phone that registers at its practice line', { timeout: 30_000 }, async () => {
    await expect
      .poll(async () => (await phone()).accounts[0]?.registration.state, { timeout: 20_000 })
      .toBe('registered');
  });

  it('finds the binary of the keychain, whatever the keychain then says', async () => {
    expect((await phone()).secretStore.reason).not.toMatch(/cannot find|not supported|native binding/i);
  });

  it('calls the echo test and gets sound back', { timeout: 30_000 }, async () => {
    const window = await page();
    const received = await window.evaluate(async () => {
      const { sidetone } = globalThis as unknown as PageWindow;
      const heard = new Promise<number>((resolve) => {
        sidetone.subscribe((event) => {
          if (event.name === 'stats' && event.data.stats.received > 20) resolve(event.data.stats.received);
        });
      });
      await sidetone.request('call.start', { target: '*43' });
      return heard;
    });
    expect(received).toBeGreaterThan(20);
  });
});

it('closes in a release what a release must not be turned into', () => {
  const text = readFileSync(join(projectRoot, 'electron-builder.yml'), 'utf8');
  const section = /^electronFuses:\n((?: {2}.+\n)+)/m.exec(text)?.[1] ?? '';
  expect(section.trim().split(/\n\s*/).sort()).toEqual([
    'enableCookieEncryption: true',
    'enableEmbeddedAsarIntegrityValidation: true',
    'enableNodeCliInspectArguments: false',
    'enableNodeOptionsEnvironmentVariable: false',
    'grantFileProtocolExtraPrivileges: false',
    'onlyLoadAppFromAsar: true',
    'runAsNode: false',
  ]);
});
