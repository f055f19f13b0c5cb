/**
 * THE BROWSER SHELL: the same phone and the same page, served to this computer's browser.
 *
 *   node dist/web/main.cjs [--port N] [--open | --no-open] [--json]
 *
 * The address is printed on stdout (with `--json` as `{"event":"ready","url":…}`), everything else on stderr. Ctrl-C ends
 * calls and unregisters.
 */
import '../engine/small-start.ts';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from '../engine/log.ts';
import { createMediaThread } from '../engine/media/media-client.ts';
import { Phone } from '../engine/phone.ts';
import { readPacketMark } from '../host/packet-mark.ts';
import { openCallLog } from '../host/call-log.ts';
import { folders } from '../host/folders.ts';
import { type RunningPracticeLine, launchPracticeLine } from '../host/practice-line.ts';
import { openSecretStore } from '../host/secret-store.ts';
import { openSettingsStore } from '../host/settings-store.ts';
import { openTextLog } from '../host/text-log.ts';
import { hasDisplay, openBrowser } from './open-browser.ts';
import { startWebServer } from './server.ts';

declare const SIDETONE_VERSION: string;

const usage = 'Usage: node dist/web/main.cjs [--port N] [--open | --no-open] [--json]';
/** BYE and unregister take a round trip each; a server that is gone must not hold up the end. */
const closeLimitMs = 2_000;

const say = (sentence: string) => process.stderr.write(`${sentence}\n`);

interface WebOptions {
  port: number;
  open: boolean;
  json: boolean;
}

function readOptions(): WebOptions | null {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        open: { type: 'boolean' },
        'no-open': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return null;
    return { port, open: values['no-open'] ? false : (values.open ?? hasDisplay()), json: values.json };
  } catch {
    return null;
  }
}

async function main(options: WebOptions): Promise<void> {
  const places = folders();
  const state: { phone?: Phone; practice?: RunningPracticeLine } = {};
  const log = createLogger('sidetone', (level, module, message) => {
    const isVerbose = state.phone?.settings.verbose_logging === true;
    if (level === 'warn' || level === 'error' || isVerbose) say(`${module}: ${message}`);
  });
  const media = createMediaThread({
    entry: join(__dirname, '../engine/media-thread.cjs'),
    log: log.child('media'),
  });
  const phone = new Phone({
    version: SIDETONE_VERSION,
    settings: openSettingsStore(places),
    secrets: await openSecretStore({ say }),
    callLog: openCallLog(places),
    textLog: openTextLog(places),
    recordingsFolder: places.recordings,
    packetMark: readPacketMark,
    media,
    practice: async () => {
      state.practice = await launchPracticeLine({ folders: places, log: log.child('practice-pbx') });
      return state.practice;
    },
    log,
  });
  state.phone = phone;
  const server = await startWebServer({
    phone,
    attachLink: (link) => media.attachLink(link),
    rendererFolder: join(__dirname, '../renderer'),
    iconFolder: join(places.resources, 'tray'),
    port: options.port,
  });

  let ending = false;
  const end = async () => {
    if (ending) process.exit(130);
    ending = true;
    say('Ending calls and signing off…');
    await Promise.race([phone.close(), new Promise((resolve) => setTimeout(resolve, closeLimitMs))]);
    await Promise.allSettled([state.practice?.close(), server.close()]);
    process.exit(0);
  };
  process.on('SIGINT', () => void end());
  process.on('SIGTERM', () => void end());

  void phone.start();
  const url = server.issueUrl();
  process.stdout.write(options.json ? `${JSON.stringify({ event: 'ready', url })}\n` : `${url}\n`);
  say(
    'The phone runs in your browser at this address, on this computer only. The link works once; Ctrl-C ends the phone.',
  );
  if (options.open && !(await openBrowser(server.issueUrl()))) {
    say('No browser could be opened from here: open the address yourself.');
  }
  if (!options.open) say('Open the address in a browser on this computer.');
}

const options = readOptions();
if (options === null) {
  say(usage);
  process.exitCode = 2;
} else {
  main(options).catch((thrown: unknown) => {
    say(thrown instanceof Error ? thrown.message : String(thrown));
    process.exit(1);
  });
}
