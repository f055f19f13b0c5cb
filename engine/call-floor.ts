/**
 * Who has the floor: of all calls, one or one conference has the microphone and the speaker; every other answered call is on hold.
 *
 *              taken: started, answered, resumed, merged             taken by another: this one goes on hold
 *   ┌────────┐ ──────────────────────────────────────► ┌─────────┐ ────────────────────────────┐
 *   │ nobody │                                         │ a group │                             │
 *   └────────┘ ◄────────────────────────────────────── └─────────┘ ◄───────────────────────────┘
 *              left: held, or its last call has ended
 *
 * What was held stays so when the floor is free: the person resumes. Only a call that we are making takes a free floor by itself, since
 * the person waits for it to be answered.
 */
import { assertNever } from '../contract/assert-never.ts';

/** A conference's id, or the id of a call outside conferences; null when nobody has the floor. */
export type Floor = string | null;

export interface FloorCall {
  id: string;
  conferenceId: string | null;
  /** `alerting`: it rings here · `calling`: we make it and nobody has answered. */
  stage: 'alerting' | 'calling' | 'answered' | 'ended';
}

export type FloorEvent =
  /** The person wants to talk in this call. */
  | { type: 'taken'; id: string }
  /** This call is held, was split off, or has ended; or this conference is held. */
  | { type: 'left'; id: string };

/** The group that a call talks in. */
export function groupOf({ id, conferenceId }: FloorCall): string {
  return conferenceId ?? id;
}

/** Who has the floor after an event. `calls`: all calls as they are now, oldest first. */
export function stepFloor(floor: Floor, event: FloorEvent, calls: readonly FloorCall[]): Floor {
  switch (event.type) {
    case 'taken': {
      const call = calls.find(({ id }) => id === event.id);
      return call === undefined || call.stage === 'ended' ? floor : groupOf(call);
    }
    case 'left': {
      const stands = calls.some((call) => call.stage !== 'ended' && groupOf(call) === floor);
      if (floor !== event.id && stands) return floor;
      return calls.findLast(({ id, stage }) => stage === 'calling' && id !== event.id)?.id ?? null;
    }
    default:
      return assertNever(event);
  }
}

/** Where a call belongs: at the device, or aside (silent both ways, and on hold once it is answered). Others are left as they are. */
export function placeOf(call: FloorCall, floor: Floor): 'talks' | 'aside' | 'as it is' {
  if (call.stage === 'alerting' || call.stage === 'ended') return 'as it is';
  return groupOf(call) === floor ? 'talks' : 'aside';
}
