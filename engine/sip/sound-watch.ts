/** Watches a call's sound: gathers what is known of it each second, and tells what is wrong (sound-problem.ts). */
import type { SoundProblem } from '../../contract/snapshot.ts';
import type { MediaSessionEvent, WireEvidence } from '../media/media-engine.ts';
import { isReachable, sameTransportAddress, type TransportAddress } from '../net/transport-address.ts';
import { judgeSound, nothingWrong, soundProblemOf, type SoundEvidence } from '../media/sound-problem.ts';

/** What the call knows of its own sound. */
export type SoundSituation = Pick<
  SoundEvidence,
  | 'talking'
  | 'sends'
  | 'expects'
  | 'mayPause'
  | 'hasMicrophone'
  | 'hasSpeaker'
  | 'muted'
  | 'speakerVolume'
  | 'namedAddress'
  | 'ownAddress'
> & { namedPort: number };

export interface SoundWatchOptions {
  situation: () => SoundSituation;
  /** The far side's name or number. */
  remote: () => string;
  /** Asks whether packets to there are refused. Never rejects. */
  isRefused: (there: TransportAddress) => Promise<boolean>;
  /** Milliseconds. */
  now: () => number;
  onChanged: () => void;
}

type Levels = Omit<MediaSessionEvent & { type: 'levels' }, 'type'>;
const silence: Levels = { microphoneDb: -127, speakerDb: -127, speaking: false, clipping: false };

export class SoundWatch {
  readonly #options: SoundWatchOptions;
  /** The loudest since the last judgement. */
  #levels = silence;
  #judgement = nothingWrong;
  /** Where it was asked whether packets are refused, and whether they are. */
  #asked: TransportAddress | null = null;
  #portRefuses = false;

  constructor(options: SoundWatchOptions) {
    this.#options = options;
  }

  /** Null while the sound is well. */
  get problem(): SoundProblem | null {
    return soundProblemOf(this.#judgement, this.#options.remote());
  }

  levels({ microphoneDb, speakerDb, speaking, clipping }: Levels): void {
    const before = this.#levels;
    this.#levels = {
      microphoneDb: Math.max(before.microphoneDb, microphoneDb),
      speakerDb: Math.max(before.speakerDb, speakerDb),
      speaking: before.speaking || speaking,
      clipping: before.clipping || clipping,
    };
  }

  /** A second is over. */
  wire(wire: WireEvidence): void {
    const { situation, now, onChanged } = this.#options;
    const before = this.problem?.sentence;
    const { namedPort, ...known } = situation();
    const portRefuses = this.#portRefuses;
    const evidence: SoundEvidence = { ...known, ...this.#levels, ...wire, portRefuses, nowMs: now() };
    this.#judgement = judgeSound(this.#judgement, evidence);
    this.#levels = silence;
    if (this.#judgement.told === 'nothing-comes') this.#ask({ address: known.namedAddress, port: namedPort });
    if (this.problem?.sentence !== before) onChanged();
  }

  /** Once for each place; the answer counts from the next second on. */
  #ask(there: TransportAddress): void {
    if (!isReachable(there) || (this.#asked !== null && sameTransportAddress(this.#asked, there))) return;
    this.#asked = there;
    this.#portRefuses = false;
    void this.#options.isRefused(there).then((refused) => {
      if (this.#asked === there) this.#portRefuses = refused;
    });
  }
}
