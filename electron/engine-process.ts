/**
 * Entry of the engine's process: the phone with what this computer lends it. Requests come from main and go through the
 * contract's door here; answers and events go back. Sound comes over ports of its own, straight from the page.
 */
import '../engine/small-start.ts';
import { join } from 'node:path';
import type { MessagePortMain } from 'electron';
import { assertNever } from '../contract/assert-never.ts';
import { handleRequest } from '../contract/door.ts';
import { PhoneFailure } from '../contract/errors.ts';
import { Secret } from '../contract/secret.ts';
import type { PracticeLine } from '../contract/services.ts';
import { createLogger } from '../engine/log.ts';
import { createMediaThread } from '../engine/media/media-client.ts';
import type { AudioLink } from '../engine/media/media-engine.ts';
import { Phone } from '../engine/phone.ts';
import { openCallLog } from '../host/call-log.ts';
import { readPacketMark } from '../host/packet-mark.ts';
import { folders } from '../host/folders.ts';
import { openSecretStore } from '../host/secret-store.ts';
import { openSettingsStore } from '../host/settings-store.ts';
import { openTextLog } from '../host/text-log.ts';
import type { FromEngine, PracticeOutcome, ToEngine } from './ipc/channels.ts';

declare const SIDETONE_VERSION: string;

const tell = (message: FromEngine) => process.parentPort.postMessage(message);

/** Asks main for the practice line; main starts it and answers once. */
const practice = (() => {
  const waiting: ((outcome: PracticeOutcome) => void)[] = [];
  return {
    ask: async (): Promise<PracticeLine> => {
      const outcome = await new Promise<PracticeOutcome>((resolve) => {
        waiting.push(resolve);
        tell({ type: 'practice-wanted' });
      });
      if ('error' in outcome) throw new PhoneFailure(outcome.error.code, outcome.error.parameters);
      return { ...outcome.line, password: new Secret(outcome.line.password) };
    },
    settle: (outcome: PracticeOutcome) => {
      for (const resolve of waiting.splice(0)) resolve(outcome);
    },
  };
})();

async function startPhone(): Promise<Phone> {
  const places = folders();
  const settings = openSettingsStore(places);
  const started: { phone?: Phone } = {};
  const phoneIsVerbose = () => started.phone?.settings.verbose_logging === true;
  const log = createLogger('engine', (level, module, message) => {
    if (level === 'warn' || level === 'error' || phoneIsVerbose()) {
      process.stderr.write(`${module}: ${message}\n`);
    }
  });
  const secrets = await openSecretStore({ say: (sentence) => log.warn(sentence) });
  const media = createMediaThread({
    entry: join(__dirname, '../engine/media-thread.cjs'),
    log: log.child('media'),
  });
  const phone = new Phone({
    version: SIDETONE_VERSION,
    settings,
    secrets,
    callLog: openCallLog(places),
    textLog: openTextLog(places),
    recordingsFolder: places.recordings,
    packetMark: readPacketMark,
    media,
    practice: practice.ask,
    log,
  });
  started.phone = phone;
  attachAudio = (port) => media.attachLink(linkOverPort(port));
  phone.onEvent((event) => tell({ type: 'event', event }));
  void phone.start();
  return phone;
}

/** The page's end of the sound channel, as the media engine wants it. */
function linkOverPort(port: MessagePortMain): AudioLink {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => {
        if (data instanceof ArrayBuffer) listener(data);
      });
      port.start();
    },
    close: () => port.close(),
  };
}

let attachAudio: (port: MessagePortMain) => void = (port) => port.close();
const phone = startPhone();

async function receive(message: ToEngine, ports: MessagePortMain[]): Promise<void> {
  switch (message.type) {
    case 'request': {
      const { id, name, input } = message;
      tell({ type: 'answer', id, answer: await handleRequest((await phone).handlers, name, input) });
      break;
    }
    case 'practice':
      practice.settle(message.outcome);
      break;
    case 'audio': {
      await phone;
      const [port] = ports;
      if (port !== undefined) attachAudio(port);
      break;
    }
    case 'resumed':
      (await phone).resumed();
      break;
    case 'network-hint':
      (await phone).networkHint();
      break;
    case 'close':
      try {
        await (await phone).close();
      } finally {
        tell({ type: 'closed' });
        process.exit(0);
      }
      break;
    default:
      return assertNever(message);
  }
}

process.parentPort.on('message', ({ data, ports }) => void receive(data as ToEngine, ports));
