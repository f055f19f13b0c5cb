import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveElectron } from '../../../scripts/electron-path.mjs';
import { hasDisplay, plan } from '../../../scripts/start.mjs';

const electron = { executable: '/opt/electron', kind: 'product', target: 'product' } as const;
const testElectron = { executable: '/opt/electron-22', kind: 'test', target: 'test' } as const;

describe('npm start', () => {
  test('takes Electron where there is a display', () => {
    expect(plan({ display: true, electron, isRoot: false })).toEqual({
      shell: 'electron',
      target: 'product',
      notes: [],
      options: [],
    });
  });

  test("says that it takes the tests' Electron, with the build that fits it", () => {
    const chosen = plan({ display: true, electron: testElectron, isRoot: false });
    expect(chosen.target).toBe('test');
    expect(chosen.notes.join()).toContain("the tests' own Electron 22");
  });

  test('says that root has no sandbox', () => {
    const chosen = plan({ display: true, electron, isRoot: true });
    expect(chosen.options).toEqual(['--no-sandbox']);
    expect(chosen.notes.join()).toContain('without its sandbox');
  });

  test('opens the browser where there is a display but no Electron', () => {
    const chosen = plan({ display: true, electron: undefined, isRoot: false });
    expect(chosen).toMatchObject({ shell: 'web', options: ['--open'] });
    expect(chosen.notes.join()).toContain('No Electron');
  });

  test('waits for a browser where there is no display, and says so', () => {
    const chosen = plan({ display: false, electron, isRoot: true });
    expect(chosen).toMatchObject({ shell: 'web', options: ['--no-open'] });
    expect(chosen.notes.join()).toContain('no display');
  });

  test.each([
    [{}, 'linux', false],
    [{ DISPLAY: '' }, 'linux', false],
    [{ DISPLAY: ':0' }, 'linux', true],
    [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
    [{}, 'darwin', true],
    [{}, 'win32', true],
  ] as const)('with %j on %s there is a display: %s', (environment, platform, expected) => {
    expect(hasDisplay(environment, platform)).toBe(expected);
  });
});

describe('resolveElectron', () => {
  test('prefers what ELECTRON_OVERRIDE_DIST_PATH names, and knows which build an old one wants', () => {
    const folder = mkdtempSync(join(tmpdir(), 'electron-dist-'));
    try {
      const executable = join(folder, 'electron');
      writeFileSync(executable, '');
      const environment = { ELECTRON_OVERRIDE_DIST_PATH: folder };
      writeFileSync(join(folder, 'version'), 'v45.4.1');
      expect(resolveElectron(environment)).toEqual({ executable, kind: 'override', target: 'product' });
      writeFileSync(join(folder, 'version'), '22.3.25');
      expect(resolveElectron(environment)).toEqual({ executable, kind: 'override', target: 'test' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('passes over an override that is not there', () => {
    const found = resolveElectron({ ELECTRON_OVERRIDE_DIST_PATH: '/nowhere/at/all' });
    expect(found?.kind).not.toBe('override');
  });
});
