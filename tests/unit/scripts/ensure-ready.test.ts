import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBuilt, isInstalled } from '../../../scripts/ensure-ready.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ready-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string, secondsAgo = 0): void {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(file, at, at);
}

const one = { version: '1.0.0', integrity: 'sha512-one' };
const optional = { version: '2.0.0', integrity: 'sha512-two', optional: true };

function lock(packages: object): void {
  write('package-lock.json', JSON.stringify({ packages }));
}

function installed(packages: object): void {
  write('node_modules/.package-lock.json', JSON.stringify({ packages }));
}

describe('isInstalled', () => {
  test('is false without node_modules, and without the record that npm writes last', () => {
    lock({ '': {}, 'node_modules/one': one });
    expect(isInstalled(folder)).toBe(false);
    write('node_modules/one/package.json', '{}');
    expect(isInstalled(folder)).toBe(false);
  });

  test('is true when all that is locked is there, but for optional packages of other systems', () => {
    lock({ '': {}, 'node_modules/one': one, 'node_modules/two': optional });
    installed({ 'node_modules/one': one });
    expect(isInstalled(folder)).toBe(true);
  });

  test('is false when a package is new, has another version or another hash', () => {
    installed({ 'node_modules/one': one });
    for (const changed of [
      { 'node_modules/one': one, 'node_modules/new': { version: '1.0.0', integrity: 'sha512-new' } },
      { 'node_modules/one': { ...one, version: '1.0.1' } },
      { 'node_modules/one': { ...one, integrity: 'sha512-other' } },
    ]) {
      lock(changed);
      expect(isInstalled(folder)).toBe(false);
    }
  });

  test('is false when the record is cut off', () => {
    lock({ 'node_modules/one': one });
    write('node_modules/.package-lock.json', '{"packages": {');
    expect(isInstalled(folder)).toBe(false);
  });
});

describe('isBuilt', () => {
  test('is false without a build', () => {
    write('engine/phone.ts', '');
    expect(isBuilt('product', folder)).toBe(false);
  });

  test('is true until a source is newer, however deep', () => {
    write('engine/sip/call.ts', '', 100);
    write('dist/.stamp', '', 50);
    expect(isBuilt('product', folder)).toBe(true);
    write('engine/sip/call.ts', '', 10);
    expect(isBuilt('product', folder)).toBe(false);
  });

  test('keeps the two builds apart', () => {
    write('engine/phone.ts', '', 100);
    write('dist/.stamp', '', 50);
    expect(isBuilt('test', folder)).toBe(false);
  });

  test('does not mind what the build itself makes, nor tests', () => {
    write('dist/.stamp', '', 50);
    write('native-wasm/generated/g711.wasm', '');
    write('tests/unit/a.test.ts', '');
    expect(isBuilt('product', folder)).toBe(true);
  });
});
