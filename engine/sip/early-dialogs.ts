/**
 * The early dialogs of one INVITE of ours as a reducer. A proxy may ring several phones (forking, RFC 3261 §16.7), and each of their
 * provisional answers is a dialog of its own, with an offer/answer exchange of its own, known by its To tag.
 *
 *    ┌─────────┐  provisional with a new description: it is heard ──┐
 *    │ waiting │ ◄──────────────────────────────────────────────────┘
 *    └─────────┘
 *         │ answered: the winner's description runs, the others are forgotten
 *         ▼
 *    ┌─────────┐
 *    │  over   │   further provisional answers and other winners change nothing
 *    └─────────┘
 *
 * The newest early media is heard. A description in a reliable provisional answer is THE answer of its dialog (RFC 3262 §5,
 * RFC 6337 §3.1.1): what comes in it later, the 2xx included, is not; one in an unreliable one is a preview. An UPDATE in a dialog
 * whose answer is there renews its session (RFC 3311 §5), and the first answer counts no more.
 */
import { assertNever } from '../../contract/assert-never.ts';

interface EarlyDialog {
  /** Undefined also once an UPDATE has taken its place. */
  description: string | undefined;
  /** Its answer came reliably. */
  settled: boolean;
}

export interface EarlyDialogs {
  phase: 'waiting' | 'over';
  /** By To tag. */
  dialogs: ReadonlyMap<string, EarlyDialog>;
}

export type EarlyDialogEvent =
  /** 101 to 199. */
  | { type: 'provisional'; tag: string; description: string | undefined; reliable: boolean }
  /** An UPDATE has renewed the session, and what it agreed runs. */
  | { type: 'updated'; tag: string }
  /** 2xx. */
  | { type: 'answered'; tag: string; description: string | undefined };

export type EarlyDialogEffect =
  /** This description of the far side is to be heard from now on. */
  | { type: 'hear'; description: string }
  /** The call runs with this answer; undefined: with what runs already, if the far side has ever given one. */
  | { type: 'settle'; description: string | undefined };

export const noEarlyDialogs: EarlyDialogs = { phase: 'waiting', dialogs: new Map() };

/** Forks that one INVITE can have here; what goes beyond is a fault or an attack and is passed over. */
const mostDialogs = 32;

/** One response's effect. */
export function stepEarlyDialogs(
  state: EarlyDialogs,
  event: EarlyDialogEvent,
): [EarlyDialogs, EarlyDialogEffect[]] {
  if (state.phase === 'over') return [state, []];
  const known = state.dialogs.get(event.tag);
  switch (event.type) {
    case 'provisional': {
      const { tag, description, reliable } = event;
      if (known === undefined && state.dialogs.size >= mostDialogs) return [state, []];
      if (known?.settled === true) return [state, []];
      const now = {
        description: description ?? known?.description,
        settled: reliable && description !== undefined,
      };
      const dialogs = new Map(state.dialogs).set(tag, now);
      const isNew = description !== undefined && description !== known?.description;
      return [{ ...state, dialogs }, isNew ? [{ type: 'hear', description }] : []];
    }
    case 'updated': {
      if (known?.settled !== true) return [state, []];
      const renewed = { description: undefined, settled: true };
      return [{ ...state, dialogs: new Map(state.dialogs).set(event.tag, renewed) }, []];
    }
    case 'answered': {
      const description =
        known?.settled === true ? known.description : (event.description ?? known?.description);
      return [{ phase: 'over', dialogs: new Map() }, [{ type: 'settle', description }]];
    }
    default:
      return assertNever(event);
  }
}
