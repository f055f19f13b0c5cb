/** linphone as the far phone, registered at the same Kamailio over the same transport. */
import { Linphone } from '../../support/linphone.ts';
import { farPhoneSide } from './far-phone-side.ts';
import { spoken } from './phones.ts';

export const linphoneSide = farPhoneSide({
  name: 'linphone',
  title: 'linphone',
  role: 'The far phone, behind a Kamailio and reached over the same transport as Sidetone.',
  transports: ['udp', 'tcp', 'tls'],
  missing: () => Linphone.missing(),
  version: () => Linphone.version(),
  start: async (account) => Linphone.start(account, (await spoken()).path),
});
