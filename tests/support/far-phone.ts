import type { Recording } from './wav-file.ts';

/** Another maker's phone, driven without a screen. Its calls are one at a time. */
export interface FarPhone {
  readonly user: string;
  registered(): Promise<void>;
  dial(target: string): Promise<void>;
  /** Waits for an incoming call. */
  rings(): Promise<void>;
  answer(): Promise<void>;
  /** Waits until the newest call is answered, by whichever side. */
  connected(): Promise<void>;
  /** Ends the call, or turns away one that rings. */
  hangUp(): Promise<void>;
  /** Waits until no call is left. */
  over(): Promise<void>;
  hold(): Promise<void>;
  resume(): Promise<void>;
  /** Sends the other side elsewhere. */
  transfer(target: string): Promise<void>;
  press(keys: string): Promise<void>;
  /** Keys received so far. */
  keys(): string;
  /** What the newest call's other side said. The call is over. */
  heard(): Promise<Recording>;
  close(): Promise<void>;
}

/** Where such a phone registers. */
export interface FarPhoneAccount {
  user: string;
  password: string;
  server: { host: string; port: number };
  transport: 'udp' | 'tcp' | 'tls';
  /** Its calls are encrypted so, or not at all; absent: plain. */
  encryption?: 'sdes' | 'dtls';
}
