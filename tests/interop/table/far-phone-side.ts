/** A far side whose phone is another maker's: both phones register at a Kamailio of their own, over the same transport. */
import type { FarPhone, FarPhoneAccount } from '../../support/far-phone.ts';
import { KamailioProxy } from '../../support/kamailio.ts';
import { Phones } from './phones.ts';
import { type FarSide, type ScenarioId, allLinks, loopback } from './scenario.ts';
import { withFarPhone, type FarPhoneBench } from './with-far-phone.ts';

export interface FarPhoneSideOptions {
  name: string;
  title: string;
  role: string;
  transports: readonly FarPhoneAccount['transport'][];
  /** What this phone cannot do. */
  without?: readonly ScenarioId[];
  missing: () => Promise<string | undefined>;
  version: () => Promise<string>;
  start: (account: FarPhoneAccount) => Promise<FarPhone>;
}

const extensions = { ours: ['301', '302'], theirs: '309' };

export function farPhoneSide(options: FarPhoneSideOptions): FarSide<FarPhoneBench> {
  const offered = (transport: string): transport is FarPhoneAccount['transport'] =>
    options.transports.some((each) => each === transport);
  return {
    name: options.name,
    title: options.title,
    role: options.role,
    missing: async () => (await KamailioProxy.missing()) ?? (await options.missing()),
    version: options.version,
    links: allLinks.filter(({ transport }) => offered(transport)),
    shortLinks: [{ transport: 'tcp', family: 4 }],
    scenarios: withFarPhone.filter(({ id }) => options.without?.includes(id) !== true),
    open: async (link) => {
      const { transport } = link;
      if (!offered(transport)) throw new Error(`${options.title} has no ${transport}`);
      const host = loopback(link);
      const proxy = await KamailioProxy.start({ host, extensions: [...extensions.ours, extensions.theirs] });
      const account = {
        user: extensions.theirs,
        password: proxy.line(extensions.theirs).password,
        server: { host, port: proxy.port(transport) },
        transport,
      };
      const far = await options.start(account).catch(async (error: unknown) => {
        await proxy.close();
        throw error;
      });
      return { proxy, far, phones: new Phones(link, proxy, extensions.ours) };
    },
    settle: async ({ phones, far }) => {
      await phones.settle();
      await far.hangUp();
      await far.over();
    },
    close: async ({ phones, far, proxy }) => {
      await phones.close();
      await far.close();
      await proxy.close();
    },
    end: async () => undefined,
  };
}
