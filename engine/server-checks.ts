/** Tries the STUN and TURN servers of the settings, each as a sentence with its cure. */
import { randomBytes } from 'node:crypto';
import { makeError } from '../contract/errors.ts';
import type { RequestOutput } from '../contract/phone.ts';
import type { Settings } from '../contract/settings.ts';
import { turnCredential, type ReadSecret } from './ice-servers.ts';
import { silentLogger } from './log.ts';
import { readXorAddress } from './nat/stun-attributes.ts';
import { StunExchange } from './nat/stun-exchange.ts';
import { attributeOf, parseStun, serialiseStun, stunAttributes, stunMethods } from './nat/stun-message.ts';
import type { StunTiming } from './nat/stun-transaction.ts';
import { TurnClient } from './nat/turn-client.ts';
import { turnTransports } from './nat/turn-transport.ts';
import { parseStunUri, parseTurnUri } from './nat/turn-uri.ts';
import { writtenAddress } from './net/transport-address.ts';
import { systemClock } from './net/clock.ts';

type ServerCheck = RequestOutput<'diagnostics.sound'>['checks'][number];

/** Four requests in 2.75 s: somebody waits for the outcome. */
const timing: StunTiming = { rtoMs: 250, requests: 4, lastWaits: 4 };
const connect = turnTransports({ authorities: '' });

/** Never rejects. */
export async function checkStunServer(uri: string): Promise<ServerCheck> {
  const check = { id: 'stun', title: `STUN server ${uri}` } as const;
  const cure = 'Check its address in Settings, and that this network lets UDP through.';
  const server = parseStunUri(uri);
  if (server === undefined)
    return {
      ...check,
      state: 'bad',
      sentence: `${uri} is no STUN server.`,
      cure: 'Write it as stun:HOST:PORT.',
    };
  const exchange = new StunExchange(systemClock);
  try {
    const transport = await connect({ ...server, protocol: 'udp' });
    transport.listen({
      message: (datagram) => {
        const parsed = parseStun(datagram);
        if (parsed.ok) exchange.receive({ message: parsed.value, datagram });
      },
      lost: () => exchange.close(),
    });
    const transactionId = randomBytes(12);
    const message = { class: 'request', method: stunMethods.binding, transactionId, attributes: [] } as const;
    const send = (datagram: Uint8Array) => transport.send(datagram);
    const outcome = await exchange.request(transactionId, serialiseStun(message), { send, timing });
    transport.close();
    const value =
      typeof outcome === 'string' ? undefined : attributeOf(outcome.message, stunAttributes.xorMappedAddress);
    const seen = readXorAddress(value, transactionId);
    if (seen === undefined)
      return { ...check, state: 'bad', sentence: `${server.host} does not answer.`, cure };
    return { ...check, state: 'good', sentence: `It sees this phone at ${writtenAddress(seen)}.`, cure: '' };
  } catch {
    return { ...check, state: 'bad', sentence: `The name ${server.host} cannot be found.`, cure };
  } finally {
    exchange.close();
  }
}

/** Never rejects, but for a keychain that cannot be read. */
export async function checkTurnServer(
  setting: Settings['turn_servers'][number],
  readSecret: ReadSecret,
): Promise<ServerCheck> {
  const check = { id: 'turn', title: `TURN server ${setting.url}` } as const;
  const server = parseTurnUri(setting.url);
  const bad = (reason: string): ServerCheck => {
    const { message, cure } = makeError('media.turn', { server: server?.host ?? setting.url, reason });
    return { ...check, state: 'bad', sentence: message, cure };
  };
  if (server === undefined) return bad('its address is not turn:HOST:PORT or turns:HOST:PORT');
  const client = await TurnClient.allocate({
    server,
    ...(await turnCredential(setting, readSecret, Date.now())),
    connect,
    clock: systemClock,
    random: randomBytes,
    log: silentLogger,
    timing,
  });
  if (typeof client === 'string') return bad(client);
  const relayed = writtenAddress(client.relayed);
  await client.close();
  return { ...check, state: 'good', sentence: `It relays sound at ${relayed}.`, cure: '' };
}
