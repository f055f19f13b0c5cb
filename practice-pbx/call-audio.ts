/** The sound of one call: the engine's audio session between the phone's RTP and a script. */
import type { Logger } from '../engine/log.ts';
import { AudioSession } from '../engine/media/audio-session.ts';
import { FrameConverter, type FrameSink, type FrameSource } from '../engine/media/frame.ts';
import type { MediaParameters } from '../engine/media/media-engine.ts';
import { PortPool } from '../engine/rtp/port-pool.ts';
import type { ScriptRunner } from './script-runner.ts';
import { frameSamples } from './telephone-sound.ts';

/** Apart from the phone's own range, rtp.port_min to rtp.port_max, so that the two do not meet on one computer. */
const ports = { portMin: 20_002, portMax: 29_999 };
const pool = new PortPool();

export interface CallAudio {
  readonly localPort: number;
  readonly isStarted: boolean;
  /** Starts, or changes what runs. `onKey`: a key came by RFC 4733; the first start's stays. */
  start(parameters: MediaParameters, onKey: (key: string) => void): void;
  /** Stops and frees the ports. Idempotent. */
  close(): Promise<void>;
}

/** A script hears and speaks telephone sound, whatever the call's codec. */
class TelephoneEnd implements FrameSource, FrameSink {
  readonly #runner: ScriptRunner;
  readonly #said = new Int16Array(frameSamples);
  readonly #heard = new Int16Array(frameSamples);
  readonly #saying = new FrameConverter();
  readonly #hearing = new FrameConverter();

  constructor(runner: ScriptRunner) {
    this.#runner = runner;
  }

  read(into: Int16Array): void {
    this.#runner.read(this.#said);
    this.#saying.convertInto(this.#said, into);
  }

  write(frame: Int16Array): void {
    this.#hearing.convertInto(frame, this.#heard);
    this.#runner.write(this.#heard);
  }
}

/** Binds a pair of ports. Rejects with `media.ports-used-up`. */
export async function openCallAudio(address: string, runner: ScriptRunner, log: Logger): Promise<CallAudio> {
  const end = new TelephoneEnd(runner);
  const session = await AudioSession.open({
    localAddress: address,
    ...ports,
    ports: pool,
    source: end,
    sink: end,
    log,
  });
  let isStarted = false;
  return {
    localPort: session.localPort,
    get isStarted() {
      return isStarted;
    },
    start(parameters, onKey) {
      if (!isStarted) {
        session.on((event) => {
          if (event.type === 'digit' && event.direction === 'received') onKey(event.digit);
        });
      }
      isStarted = true;
      session.start(parameters);
    },
    close: async () => {
      await session.close();
    },
  };
}
