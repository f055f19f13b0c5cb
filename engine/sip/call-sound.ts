/** A call's sound: opened once the transport stands, told of while it runs, and closed with its last counts. */
import { assertNever } from '../../contract/assert-never.ts';
import { makeError, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import { noStats } from '../media/media-engine.ts';
import type { MediaSessionEvent } from '../media/media-engine.ts';
import type { CallEnvironment, CallListenerEvent, SoundOptions } from './call-environment.ts';
import { CallMedia } from './call-media.ts';

export interface CallSoundOptions {
  callId: string;
  environment: CallEnvironment;
  /** The call has ended: what opens now is closed again. */
  isOver: () => boolean;
  onOpened: (media: CallMedia) => void;
  /** Nothing can be sent: there is no way to the server. */
  onUnsent: () => void;
  onNotOpened: (thrown: unknown) => void;
  /** The sound broke down in the middle of the call. */
  onBroken: (error: PhoneError) => void;
  /** RTP packets received so far, about once a second. */
  onCounted: (received: number) => void;
  emit: (event: CallListenerEvent) => void;
}

export class CallSound {
  readonly #options: CallSoundOptions;
  #media: CallMedia | undefined;

  constructor(options: CallSoundOptions) {
    this.#options = options;
  }

  /** Undefined until it is open. */
  get media(): CallMedia | undefined {
    return this.#media;
  }

  /** Takes ports and loads the password meanwhile. Never rejects. */
  async open({ source, sink }: SoundOptions): Promise<void> {
    const { environment, isOver, onOpened, onUnsent, onNotOpened } = this.#options;
    const { media, settings, localAddress, loadPassword, connect } = environment;
    try {
      if (!(await connect())) return onUnsent();
      const options = { media, settings, localAddress: localAddress(), source, sink };
      const opening = CallMedia.open({ ...options, onEvent: (event) => this.#onEvent(event) });
      const [opened] = await Promise.all([opening, loadPassword()]);
      if (isOver()) return await opened.close().then(() => undefined);
      this.#media = opened;
      onOpened(opened);
    } catch (thrown) {
      onNotOpened(thrown);
    }
  }

  /** Frees the ports; resolves to the last counts. Never rejects. */
  async close(): Promise<MediaStats> {
    try {
      return (await this.#media?.close()) ?? noStats;
    } catch (thrown) {
      const { callId, environment } = this.#options;
      environment.log.warn(`${callId}: ${toPhoneError(thrown).message}`);
      return noStats;
    }
  }

  #onEvent(event: MediaSessionEvent): void {
    const { callId, emit, environment, onBroken, onCounted } = this.#options;
    switch (event.type) {
      case 'digit':
      case 'levels':
        emit(event);
        break;
      case 'stats':
        emit({ type: 'stats', final: false, stats: event.stats });
        onCounted(event.stats.received);
        break;
      case 'first-packet':
        environment.log.debug(`${callId}: sound from ${event.address}:${event.port}`);
        break;
      case 'path':
      case 'encrypted':
      case 'candidates':
        break;
      case 'failed':
        onBroken(makeError(event.code, { file: '', reason: event.reason }));
        break;
      default:
        return assertNever(event);
    }
  }
}
