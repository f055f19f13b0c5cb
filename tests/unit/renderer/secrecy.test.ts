import { expect, it } from 'vitest';
import { secrecyOf } from '../../../renderer/features/call/secrecy.ts';
import { scenes } from '../../support/scenes.ts';
import { scriptedCall } from '../../support/scripted-phone.ts';

const encrypted = scenes['call-encrypted'].snapshot.calls;
const keysInClear = scenes['call-keys-in-clear'].snapshot.calls;
const plain = [scriptedCall()];

it('calls a sound encrypted only where its keys were hidden too', () => {
  expect(secrecyOf(encrypted)?.secrecy).toBe('encrypted');
  expect(secrecyOf(keysInClear)).toMatchObject({
    secrecy: 'keys-in-clear',
    meaning: expect.stringContaining('AES_CM_128_HMAC_SHA1_80'),
  });
  expect(secrecyOf(plain)?.secrecy).toBe('plain');
});

it('lets the weakest of several calls count', () => {
  expect(secrecyOf([...encrypted, ...keysInClear])?.secrecy).toBe('keys-in-clear');
  expect(secrecyOf([...encrypted, ...plain, ...keysInClear])?.secrecy).toBe('plain');
});

it('says nothing before there is any sound', () => {
  expect(secrecyOf([scriptedCall({ media: [] })])).toBeNull();
});
