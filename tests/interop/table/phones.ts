/** Our own phones at one server over one link: three people, each opened when a scenario first needs them. */
import { defaultSettings } from '../../../contract/settings.ts';
import { createLogger } from '../../../engine/log.ts';
import { createMediaThread } from '../../../engine/media/media-client.ts';
import type { MediaEngine } from '../../../engine/media/media-engine.ts';
import { DeskPhone } from '../../support/desk-phone.ts';
import { speech } from '../../support/speech.ts';
import { type Link, loopback } from './scenario.ts';

/** A server that phones register at, of whatever make. */
export interface PhoneServer {
  /** PEM that signed its certificate. */
  readonly authority: string;
  port(transport: Link['transport']): number;
  line(extension: string): { extension: string; password: string };
}

/** Settings of every phone in the table: the shortest session there is (RFC 4028 §5), so that its refresh can be waited for. */
const settings = {
  session_timeout: 90,
  // Speech is compared sample by sample: no codec that only sounds the same, no pauses that may be shortened.
  codecs: defaultSettings.codecs.filter(({ name }) => name.startsWith('PCM') || name === 'telephone-event'),
  audio: { ...defaultSettings.audio, voice_activity_detection: false },
};
const speechSeconds = 30;

export class Phones {
  readonly link: Link;
  readonly #server: PhoneServer;
  readonly #extensions: readonly string[];
  readonly #open = new Map<string, Promise<DeskPhone>>();

  /** @param extensions of this link alone, so that several links can be tried at once */
  constructor(link: Link, server: PhoneServer, extensions: readonly string[]) {
    this.link = link;
    this.#server = server;
    this.#extensions = extensions;
  }

  /** The phone of one of the extensions, registered. */
  async at(place: number): Promise<DeskPhone> {
    const phone = await this.opened(place);
    await phone.registered();
    return phone;
  }

  /** The same, as it is. */
  opened(place: number): Promise<DeskPhone> {
    const extension = this.extension(place);
    let phone = this.#open.get(extension);
    if (phone === undefined) {
      phone = this.openAs(extension, this.#server.line(extension).password);
      this.#open.set(extension, phone);
    }
    return phone;
  }

  extension(place: number): string {
    const extension = this.#extensions[place];
    if (extension === undefined) throw new Error(`there is no extension ${place}`);
    return extension;
  }

  /** A phone that the caller closes. */
  async openAs(user: string, password: string): Promise<DeskPhone> {
    const { transport } = this.link;
    return DeskPhone.open({
      account: {
        user,
        server: loopback(this.link),
        port: this.#server.port(transport),
        transport,
        tls_ca: this.#server.authority,
      },
      password,
      media: sharedMedia(),
      says: (await spoken()).path,
      settings,
    });
  }

  /** Ends every call of every phone. */
  async settle(): Promise<void> {
    for (const phone of this.#open.values()) await (await phone).hangUpAll();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(async (phone) => (await phone).close()));
  }
}

/** What all phones say. */
export function spoken(): ReturnType<typeof speech> {
  return speech({ seconds: speechSeconds, rate: 8000 });
}

let media: MediaEngine | undefined;

/** One media thread for all phones of the run. */
function sharedMedia(): MediaEngine {
  media ??= createMediaThread({
    entry: new URL('../../../engine/media/media-thread.ts', import.meta.url),
    log: createLogger('media', () => undefined),
  });
  return media;
}

/** Ends the media thread after the run. */
export async function closePhones(): Promise<void> {
  await media?.close();
  media = undefined;
}
