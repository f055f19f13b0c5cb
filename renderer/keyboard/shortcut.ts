/** What a key press means, given where the phone is. Pure: the press and the situation in, the meaning out. */

export interface KeyPress {
  key: string;
  /** Ctrl or Cmd. */
  command: boolean;
  alt: boolean;
  /** Where the focus is: a place to write, a button or link that Enter presses, or neither. */
  focus: 'number-field' | 'other-field' | 'control' | 'none';
}

export interface KeySituation {
  /** A sheet is open and has the keyboard to itself. */
  sheet: boolean;
  /** A call rings here. */
  incoming: boolean;
  /** There is a call that one is in. */
  call: boolean;
  /** The call is what one sees (not folded away). */
  callInView: boolean;
  /** The question to whom lies over the call: letters and digits are for its field. */
  transferring: boolean;
  singleKeys: boolean;
}

export type KeyMeaning =
  | { do: 'find-people' }
  | { do: 'answer' }
  | { do: 'escape-reject' }
  | { do: 'escape-hang-up' }
  | { do: 'mute' }
  | { do: 'hold' }
  | { do: 'transfer' }
  | { do: 'close-transfer' }
  | { do: 'digit'; digit: string }
  /** Write into the number field, wherever the focus is. */
  | { do: 'type'; text: string };

export function meaningOf(press: KeyPress, now: KeySituation): KeyMeaning | null {
  if (now.sheet) return null;
  const { key, focus } = press;
  if (press.command) return key.toLowerCase() === 'f' && !press.alt ? { do: 'find-people' } : null;
  if (press.alt) return null;
  if (key === 'Escape') return escape(now);
  const writing = focus === 'number-field' || focus === 'other-field';
  if (now.incoming && key === 'Enter' && focus !== 'control' && focus !== 'other-field')
    return { do: 'answer' };
  if (writing || key.length !== 1) return null;
  if (now.call && now.callInView) return inCall(key, now);
  // A control takes Enter and the space bar for itself.
  return /[\p{L}0-9*#+]/u.test(key) ? { do: 'type', text: key } : null;
}

function escape(now: KeySituation): KeyMeaning | null {
  if (now.call && now.callInView && now.transferring) return { do: 'close-transfer' };
  if (now.incoming) return { do: 'escape-reject' };
  return now.call ? { do: 'escape-hang-up' } : null;
}

/** Single letters in a call, which can be switched off (WCAG 2.1.4). */
const letters: Readonly<Record<string, KeyMeaning>> = {
  m: { do: 'mute' },
  h: { do: 'hold' },
  t: { do: 'transfer' },
};

function inCall(key: string, now: KeySituation): KeyMeaning | null {
  if (now.transferring) return null;
  if (/[0-9*#]/.test(key)) return { do: 'digit', digit: key };
  return now.singleKeys ? (letters[key.toLowerCase()] ?? null) : null;
}
