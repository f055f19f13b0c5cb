/** A UserAgent on a real UDP transport towards a port of this computer. */
import { Secret } from '../../../../../contract/secret.ts';
import { defaultSettings } from '../../../../../contract/settings.ts';
import type { Settings } from '../../../../../contract/settings.ts';
import { createLogger } from '../../../../../engine/log.ts';
import type { IceOptions } from '../../../../../engine/nat/ice-description.ts';
import { createTransport } from '../../../../../engine/sip/transport/create-transport.ts';
import { UserAgent } from '../../../../../engine/sip/user-agent.ts';
import type { RegistrationSnapshot } from '../../../../../engine/sip/registration.ts';
import type { UserAgentOptions } from '../../../../../engine/sip/user-agent-options.ts';
import type { SipPeer } from '../../../../support/sip-peer.ts';
import { fakeMedia } from './fake-media.ts';
import type { FakeMedia } from './fake-media.ts';

const noServers: IceOptions = {
  stunServers: [],
  turnServers: [],
  policy: 'all',
  authorities: '',
  trickle: false,
};
export const testPassword = 'correct horse';

export interface TestAgent {
  agent: UserAgent;
  media: FakeMedia;
  settings: Settings;
  /** Every line of the log, all levels. */
  log: string[];
}

export function testAgent(
  port: number,
  change: Partial<UserAgentOptions> & {
    localPort?: number;
    user?: string;
    anonymous?: boolean;
    /** Sound finds its way by ICE, and candidates may follow a description. */
    trickles?: boolean;
    password?: UserAgentOptions['password'];
  } = {},
): TestAgent {
  const { localPort, user = '1000', anonymous = false, trickles = false, ...options } = change;
  const lines: string[] = [];
  const log = createLogger('sip', (level, module, message) => lines.push(`${level} ${module} ${message}`));
  const media = fakeMedia();
  const settings: Settings = structuredClone(defaultSettings);
  const agent = new UserAgent({
    account: {
      id: 'account',
      user,
      displayName: 'Tester',
      anonymous,
      iceTrickle: trickles,
      server: '127.0.0.1',
      domain: `127.0.0.1:${port}`,
      registerExpires: 120,
    },
    password: async () => new Secret(testPassword),
    transport: createTransport({
      protocol: 'UDP',
      nextHop: { kind: 'server', host: '127.0.0.1', port },
      localAddress: '127.0.0.1',
      ...(localPort === undefined ? {} : { localPort }),
      keepaliveSeconds: 0,
      log,
    }),
    media,
    ...(trickles ? { ice: async () => noServers } : {}),
    settings: () => settings,
    log,
    userAgentName: 'Test/1',
    ...options,
  });
  return { agent, media, settings, log: lines };
}

/** Resolves once the registration is in the state. */
export function registrationIs(
  agent: UserAgent,
  state: RegistrationSnapshot['state'],
  limitMs = 5_000,
): Promise<RegistrationSnapshot> {
  return new Promise((resolve, reject) => {
    if (agent.registration.state === state) return resolve(agent.registration);
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`the registration stays ${JSON.stringify(agent.registration)}`));
    }, limitMs);
    const stop = agent.on('registration', (snapshot) => {
      if (snapshot.state !== state) return;
      clearTimeout(timer);
      stop();
      resolve(snapshot);
    });
  });
}

/** A phone that is registered at a peer which says 200 to everything, and the Contact that it gave there. */
export async function registeredAgent(peer: SipPeer): Promise<{ phone: TestAgent; contact: string }> {
  peer.onRequest = (request) => {
    if (request.method !== 'ACK') peer.reply(request, '200 OK');
  };
  const phone = testAgent(peer.port);
  await phone.agent.start();
  await registrationIs(phone.agent, 'registered');
  const contact = /<([^>]+)>/.exec(peer.received[0]?.header('Contact') ?? '')?.[1] ?? '';
  return { phone, contact };
}
