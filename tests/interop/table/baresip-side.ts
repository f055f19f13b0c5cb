/** baresip as the far phone, registered at the same Kamailio over the same transport. */
import { Baresip } from '../../support/baresip.ts';
import { farPhoneSide } from './far-phone-side.ts';
import { spoken } from './phones.ts';

export const baresipSide = farPhoneSide({
  name: 'baresip',
  title: 'baresip',
  role: 'The far phone, behind a Kamailio and reached over the same transport as Sidetone.',
  transports: ['udp', 'tcp', 'tls'],
  // It knows no Replaces (RFC 3891).
  // It hangs up by itself when its sound file is over, before a session is refreshed.
  without: ['attended-transfer', 'refresh'],
  missing: () => Baresip.missing(),
  version: () => Baresip.version(),
  start: async (account) => Baresip.start(account, (await spoken()).path),
});
