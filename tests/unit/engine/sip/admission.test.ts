import { expect, it } from 'vitest';
import { defaultSettings } from '../../../../contract/settings.ts';
import { admit } from '../../../../engine/sip/admission.ts';

it.each([
  [{ do_not_disturb: false, call_waiting: true }, false, 'ring'],
  [{ do_not_disturb: false, call_waiting: true }, true, 'ring'],
  [{ do_not_disturb: false, call_waiting: false }, false, 'ring'],
  [{ do_not_disturb: false, call_waiting: false }, true, 'in-a-call'],
  [{ do_not_disturb: true, call_waiting: true }, false, 'do-not-disturb'],
  [{ do_not_disturb: true, call_waiting: false }, true, 'do-not-disturb'],
] as const)('%j, in a call: %s → %s', (change, inCall, admission) => {
  expect(admit({ ...defaultSettings.calls, ...change }, inCall)).toBe(admission);
});
