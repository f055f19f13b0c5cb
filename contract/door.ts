/**
 * The door of the contract: takes a name and unknown input from an untrusted shell, validates, runs the handler and
 * answers with data whatever happens. Every shell's binding goes through it.
 */
import { makeError, toPhoneError } from './errors.ts';
import { describeIssues } from './issues.ts';
import { type Answer, type PhoneHandlers, isRequestName, requests } from './phone.ts';

/** Runs one request. Never rejects, never lets an invalid value in. */
export async function handleRequest(
  handlers: PhoneHandlers,
  name: unknown,
  input: unknown,
): Promise<Answer<unknown>> {
  if (!isRequestName(name)) {
    return { ok: false, error: makeError('request.invalid', { problem: 'no such request' }) };
  }
  const parsed = requests[name].in.safeParse(input);
  if (!parsed.success) {
    return {
      ok: false,
      error: makeError('request.invalid', { problem: `${name}: ${describeIssues(parsed.error)}` }),
    };
  }
  try {
    const handler = handlers[name] as (data: unknown) => Promise<unknown>;
    return { ok: true, value: await handler(parsed.data) };
  } catch (thrown) {
    return { ok: false, error: toPhoneError(thrown) };
  }
}
