/** What a state of the window is made of, to be looked at. */
import type { RequestName, RequestOutput } from '../../contract/phone.ts';
import type { PhoneSnapshot, QualityPoint } from '../../contract/snapshot.ts';

export interface Scene {
  snapshot: PhoneSnapshot;
  /** What the window itself is doing: a part of its view (place, target, folded, …). */
  view?: Record<string, unknown>;
  levels?: { microphoneDb: number; speakerDb: number; clipping?: boolean };
  /** The call's quality since it began. */
  quality?: readonly QualityPoint[];
  /** What trying an account form finds. */
  checked?: RequestOutput<'account.check'>;
  /** A window with two panes. */
  wide?: boolean;
  /** The small window of incoming calls instead of the phone's. */
  small?: boolean;
  /** Accessible names of buttons to press, one after the other, once it stands. */
  press?: readonly string[];
  /** What is to be read before it is looked at. */
  until?: string;
  /** Heading of the part of a place to scroll to. */
  show?: string;
  /** Folded part of a place to open and scroll to. */
  open?: string;
  /** What the phone refuses once. */
  refuse?: readonly RequestName[];
  /** What is typed then, wherever the keyboard is. */
  type?: string;
}
