import { describe, expect, it } from 'vitest';
import { isWebLink } from '../../../electron/security/web-link.ts';
import { allowedPermissions, isPermitted } from '../../../electron/security/permissions.ts';
import { isAppUrl, isTrustedSender } from '../../../electron/security/trusted-page.ts';

const page = 'sidetone://app/index.html';

describe('a sender', () => {
  it.each([
    ['our page', { url: page, parent: null }, true],
    ['our page at a place of its own', { url: `${page}#recents`, parent: null }, true],
    ['a frame inside our page', { url: page, parent: { url: page } }, false],
    ['another host of our scheme', { url: 'sidetone://evil/index.html', parent: null }, false],
    ['our host as a user name', { url: 'sidetone://app@evil/', parent: null }, false],
    ['our name as a prefix', { url: 'sidetone://app.evil/', parent: null }, false],
    ['the web', { url: 'https://app/', parent: null }, false],
    ['a file', { url: 'file:///index.html', parent: null }, false],
    ['an empty frame', { url: 'about:blank', parent: null }, false],
    ['a frame without address', { url: '', parent: null }, false],
    ['a frame that is gone', null, false],
  ])('%s', (_name, frame, expected) => {
    expect(isTrustedSender(frame)).toBe(expected);
  });
});

describe('a permission', () => {
  const question = { permission: 'media', from: page, isMainFrame: true, mediaTypes: ['audio'] };

  it('is the microphone for our page', () => {
    expect(isPermitted(question)).toBe(true);
    expect(isPermitted({ ...question, from: 'sidetone://app/' })).toBe(true);
  });

  it('is never the camera, nor something unnamed', () => {
    expect(isPermitted({ ...question, mediaTypes: ['audio', 'video'] })).toBe(false);
    expect(isPermitted({ ...question, mediaTypes: ['video'] })).toBe(false);
    expect(isPermitted({ ...question, mediaTypes: [] })).toBe(false);
    expect(isPermitted({ ...question, mediaTypes: ['unknown'] })).toBe(false);
  });

  it('is not for others', () => {
    expect(isPermitted({ ...question, from: 'https://evil.example/' })).toBe(false);
    expect(isPermitted({ ...question, isMainFrame: false })).toBe(false);
  });

  it.each([
    'geolocation',
    'display-capture',
    'hid',
    'usb',
    'serial',
    'midi',
    'clipboard-read',
    'openExternal',
    'toString',
  ])('%s is denied', (permission) => expect(isPermitted({ ...question, permission })).toBe(false));

  it('stands in the table with its reason', () => {
    expect(Object.keys(allowedPermissions)).toEqual([
      'media',
      'notifications',
      'clipboard-sanitized-write',
      'speaker-selection',
    ]);
    for (const reason of Object.values(allowedPermissions)) expect(reason.length).toBeGreaterThan(20);
  });
});

it('sends only https links to the browser', () => {
  expect(isWebLink('https://example.com/help')).toBe(true);
  for (const url of [
    'http://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smb://host',
    'nonsense',
  ]) {
    expect(isWebLink(url)).toBe(false);
  }
  expect(isAppUrl('nonsense')).toBe(false);
});
