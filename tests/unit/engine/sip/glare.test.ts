import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import { freePort } from '../../../support/free-ports.ts';
import type { TestAgent } from './support/test-agent.ts';
import { testAgent } from './support/test-agent.ts';

const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
let caller: TestAgent;
let callee: TestAgent;
let here: Call;
let there: Call;

/** Two phones of ours that know each other's address, in a call. */
beforeEach(async () => {
  const callerPort = await freePort(32_000, 32_400);
  const calleePort = await freePort(32_401, 32_800);
  caller = testAgent(calleePort, { register: false, localPort: callerPort, user: '1000' });
  callee = testAgent(callerPort, { register: false, localPort: calleePort, user: '1001' });
  await Promise.all([caller.agent.start(), callee.agent.start()]);
  const rings = new Promise<Call>((resolve) => callee.agent.on('incoming', resolve));
  here = caller.agent.call('1001', { id: 'here', ...sound });
  there = await rings;
  await there.answer(sound);
  await expect.poll(() => [here.snapshot.state, there.snapshot.state]).toEqual(['connected', 'connected']);
});
afterEach(async () => {
  here.hangup();
  await Promise.all([here.released, there.released]);
  await Promise.all([caller.agent.close(), callee.agent.close()]);
});

const flowing = (agent: TestAgent) => agent.media.sessions[0]?.started.at(-1)?.direction;

describe('two phones of ours', () => {
  it('that hold at the same moment refuse each other, try again, and both hold in the end', async () => {
    await Promise.all([here.hold(), there.hold()]);
    expect(caller.log.some((line) => line.includes('SIP/2.0 491'))).toBe(true);
    expect(here.snapshot.hold).toEqual({ local: true, remote: true, pending: false });
    expect(there.snapshot.hold).toEqual({ local: true, remote: true, pending: false });
    await here.resume();
    expect(here.snapshot.hold).toEqual({ local: false, remote: true, pending: false });
    expect([flowing(caller), flowing(callee)]).toEqual(['recvonly', 'inactive']);
    await there.resume();
    expect([flowing(caller), flowing(callee)]).toEqual(['sendrecv', 'sendrecv']);
    expect([here.snapshot.hold.remote, there.snapshot.hold.remote]).toEqual([false, false]);
  }, 20_000);

  it('keep a session timer, which the caller refreshes', () => {
    const accepted = caller.log.find(
      (line) => /received\r?\nSIP\/2\.0 200/.test(line) && line.includes('INVITE'),
    );
    expect(accepted).toContain('Session-Expires: 3600;refresher=uac');
    expect(accepted).toContain('Require: timer');
  });
});
