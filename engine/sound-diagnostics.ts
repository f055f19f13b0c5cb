/** Tries what sound needs of the network and the system, each as a sentence with its cure. */
import { PhoneFailure, toPhoneError } from '../contract/errors.ts';
import type { RequestOutput } from '../contract/phone.ts';
import type { PacketMarkReader } from '../contract/services.ts';
import type { Settings } from '../contract/settings.ts';
import type { ReadSecret } from './ice-servers.ts';
import { bindPair, closePair } from './rtp/datagram-socket.ts';
import { PortPool } from './rtp/port-pool.ts';
import { checkStunServer, checkTurnServer } from './server-checks.ts';

export type SoundCheck = RequestOutput<'diagnostics.sound'>['checks'][number];

export interface SoundDiagnosticsOptions {
  settings: Pick<Settings, 'rtp' | 'qos' | 'stun_servers' | 'turn_servers'>;
  packetMark: PacketMarkReader;
  /** For credentials of TURN servers. */
  readSecret: ReadSecret;
}

/** Runs all checks at once. Never rejects; takes as long as the slowest, some seconds. */
export async function checkSound({
  settings,
  packetMark,
  readSecret,
}: SoundDiagnosticsOptions): Promise<SoundCheck[]> {
  const { port_min: portMin, port_max: portMax } = settings.rtp;
  const ports = { portMin, portMax };
  return Promise.all([
    checkPorts(ports),
    ...settings.stun_servers.map((uri) => checkStunServer(uri)),
    ...settings.turn_servers.map((server) => checkTurnServer(server, readSecret)),
    checkMark(settings.qos.dscp, packetMark(ports)),
  ]);
}

async function checkPorts(range: { portMin: number; portMax: number }): Promise<SoundCheck> {
  const check = { id: 'ports', title: `RTP ports ${range.portMin} to ${range.portMax}` } as const;
  const pool = new PortPool();
  try {
    await closePair(pool, await bindPair(pool, { localAddress: '0.0.0.0', ...range }));
    return { ...check, state: 'good', sentence: 'Ports for sound are free.', cure: '' };
  } catch (thrown) {
    const { message, cure } = thrown instanceof PhoneFailure ? thrown.error : toPhoneError(thrown);
    return { ...check, state: 'bad', sentence: message, cure };
  }
}

async function checkMark(wanted: number, reading: ReturnType<PacketMarkReader>): Promise<SoundCheck> {
  const check = { id: 'dscp', title: `Priority of sound in the network (DSCP ${wanted})` } as const;
  const mark = await reading;
  if (mark.kind === 'unknown') {
    const sentence = `Whether packets carry DSCP ${wanted} could not be read back (${mark.reason}).`;
    return { ...check, state: 'unknown', sentence, cure: mark.cure };
  }
  if (mark.dscp === wanted)
    return { ...check, state: 'good', sentence: `Packets carry DSCP ${wanted}.`, cure: '' };
  return {
    ...check,
    state: 'bad',
    sentence: `Packets carry DSCP ${mark.dscp} instead of ${wanted}: the network does not know that they are sound.`,
    cure: 'Set the policy of this system that marks them; docs/qos.md has it for Windows, Linux and macOS.',
  };
}
