/** Calls between two user agents over a network that loses packets; the seed is printed. */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { defaultSettings } from '../../../../contract/settings.ts';
import { silentLogger } from '../../../../engine/log.ts';
import type { Call } from '../../../../engine/sip/call.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import { UserAgent } from '../../../../engine/sip/user-agent.ts';
import { LossyLink } from '../../../support/lossy-link.ts';
import { fakeMedia } from './support/fake-media.ts';
import { testAgent } from './support/test-agent.ts';

const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;

/** Resolves to true when the call is connected, to false when it ended before. */
const isConnected = (call: Call) =>
  new Promise<boolean>((resolve) => {
    const look = () => {
      const { state } = call.snapshot;
      if (state === 'connected' || state === 'ended') resolve(state === 'connected');
    };
    call.on(look);
    look();
  });

it(
  'sets up and tears down every one of ten calls at 10% loss, on both sides',
  { timeout: 90_000 },
  async () => {
    const seed = Number(process.env['SIDETONE_TEST_SEED'] ?? randomInt(2 ** 31));
    console.log(`seed ${seed} (SIDETONE_TEST_SEED=${seed} repeats it)`);
    const transport = createTransport({
      protocol: 'UDP',
      nextHop: { kind: 'request-uri' },
      localAddress: '127.0.0.1',
      keepaliveSeconds: 0,
      log: silentLogger,
    });
    const callee = new UserAgent({
      account: { id: 'b', user: '1001', displayName: '', server: 'b', domain: 'b', registerExpires: 120 },
      password: async () => undefined,
      transport,
      media: fakeMedia(50_000),
      settings: () => defaultSettings,
      log: silentLogger,
      userAgentName: 'Callee',
      register: false,
    });
    await callee.start();
    const answered: Call[] = [];
    callee.on('incoming', (call) => {
      answered.push(call);
      void call.answer(sound);
    });
    const link = await LossyLink.start({
      target: transport.local,
      seed,
      lossToTarget: 0.1,
      lossToClient: 0.1,
    });
    const { agent } = testAgent(link.port, { register: false });
    await agent.start();
    const calls = Array.from({ length: 10 }, (_, index) =>
      agent.call('1001', { id: `call-${index}`, ...sound }),
    );
    expect(await Promise.all(calls.map(isConnected))).toEqual(calls.map(() => true));
    for (const call of calls) call.hangup();
    await Promise.all([...calls, ...answered].map((call) => call.ended));
    await Promise.all(calls.map((call) => call.released));
    expect(answered).toHaveLength(10);
    expect(answered.map((call) => call.snapshot.end?.by)).toEqual(answered.map(() => 'there'));
    await Promise.all([agent.close(), callee.close()]);
    await link.close();
  },
);
