import { describe, expect, it } from 'vitest';
import { handleRequest } from '../../../contract/door.ts';
import { PhoneFailure } from '../../../contract/errors.ts';
import { type PhoneHandlers, requests } from '../../../contract/phone.ts';

/** Handlers that answer nothing, with the given ones in their place. */
function handlersWith(some: Partial<PhoneHandlers>): PhoneHandlers {
  const all = Object.fromEntries(Object.keys(requests).map((name) => [name, async () => ({})]));
  return { ...all, ...some } as unknown as PhoneHandlers;
}

describe('handleRequest', () => {
  it('hands validated input on, with defaults filled in', async () => {
    let seen: unknown;
    const handlers = handlersWith({
      'call.reject': async (input) => {
        seen = input;
        return {};
      },
    });
    expect(await handleRequest(handlers, 'call.reject', { callId: 'x' })).toEqual({ ok: true, value: {} });
    expect(seen).toEqual({ callId: 'x', reason: 'declined' });
  });
  it.each(['no.such', 'toString', '__proto__', 7, null])('refuses the name %j', async (name) => {
    expect(await handleRequest(handlersWith({}), name, {})).toMatchObject({
      ok: false,
      error: { code: 'request.invalid' },
    });
  });
  it('names the bad key and never repeats its value', async () => {
    const input = { accountId: 'a', account: {}, password: { secret: 'hunter2' } };
    const answer = await handleRequest(handlersWith({}), 'account.change', input);
    expect(JSON.stringify(answer)).toContain('password');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });
  it('answers a refusal and a crash as data', async () => {
    const handlers = handlersWith({
      'call.start': async () => {
        throw new PhoneFailure('call.busy', { target: '1001' });
      },
      'history.clear': async () => {
        throw new TypeError('boom');
      },
    });
    expect(await handleRequest(handlers, 'call.start', { target: '1001' })).toMatchObject({
      error: { code: 'call.busy', message: '1001 is busy.' },
    });
    expect(await handleRequest(handlers, 'history.clear', {})).toMatchObject({ error: { code: 'internal' } });
  });
});
