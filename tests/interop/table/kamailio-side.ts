/** Kamailio as registrar and proxy: it stays in every dialog by Record-Route, and our own phones are on both ends. */
import { KamailioProxy } from '../../support/kamailio.ts';
import { between, connect, expectEqual } from './between-phones.ts';
import { Phones } from './phones.ts';
import { type FarSide, type Link, type Scenario, allLinks, loopback } from './scenario.ts';

export interface ProxyBench {
  phones: Phones;
  proxy: KamailioProxy;
}

const phonesPerLink = 3;
/** The first of the extensions of each transport. */
const firstExtension = { udp: 210, tcp: 220, tls: 230, ws: 240, wss: 250 } as const;
const extensionsOf = ({ transport }: Pick<Link, 'transport'>) =>
  Array.from({ length: phonesPerLink }, (_, place) => String(firstExtension[transport] + place));
const scenarios: readonly Scenario<ProxyBench>[] = [
  ...between.map(({ run, ...rest }): Scenario<ProxyBench> => ({ ...rest, run: ({ phones }) => run(phones) })),
  {
    id: 'record-route',
    run: async ({ phones, proxy }) => {
      const [alice, bob] = [await phones.at(0), await phones.at(1)];
      const before = proxy.log().length;
      const { outgoing, incoming } = await connect(alice, bob);
      await alice.ask('call.hangup', { callId: outgoing });
      await bob.reaches(incoming, 'ended');
      for (const method of ['ACK', 'BYE']) {
        const route = new RegExp(`REQUEST ${method} .* route <sip:.*;lr`).test(proxy.log().slice(before));
        expectEqual(`a Route in the ${method}`, route, true);
      }
    },
  },
];

export const kamailioSide: FarSide<ProxyBench> = {
  name: 'kamailio',
  title: 'Kamailio',
  role: 'Registrar and proxy that stays in every dialog (Record-Route). Sidetone is on both ends.',
  missing: () => KamailioProxy.missing(),
  version: () => KamailioProxy.version(),
  links: allLinks,
  shortLinks: [
    { transport: 'tls', family: 6 },
    { transport: 'wss', family: 4 },
  ],
  scenarios,
  open: async (link) => {
    const extensions = extensionsOf(link);
    const proxy = await KamailioProxy.start({ host: loopback(link), extensions });
    return { proxy, phones: new Phones(link, proxy, extensions) };
  },
  settle: ({ phones }) => phones.settle(),
  close: async ({ phones, proxy }) => {
    await phones.close();
    await proxy.close();
  },
  end: async () => undefined,
};
