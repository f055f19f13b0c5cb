/**
 * Keeps the floor (call-floor.ts) among the calls of all lines: whoever takes it sends the others aside and on hold, and conferences
 * share it. A call that is aside is silent here both ways from that moment on, whether or not its far side ever agrees to the hold.
 */
import { randomUUID } from 'node:crypto';
import { PhoneFailure } from '../contract/errors.ts';
import { groupOf, placeOf, stepFloor } from './call-floor.ts';
import type { Floor, FloorCall, FloorEvent } from './call-floor.ts';
import type { Call } from './sip/call.ts';

export interface PhoneFloorOptions {
  /** All calls, ended ones too, oldest first. */
  calls: () => readonly Call[];
  /** Something went wrong that no caller waits for. */
  onProblem: (thrown: unknown) => void;
}

const mostParties = 8;

/** A call as the floor sees it. */
function floorCall({ id, seat, snapshot }: Call): FloorCall {
  const { state, direction, answeredAt } = snapshot;
  const { conferenceId } = seat;
  if (state === 'ended') return { id, conferenceId, stage: 'ended' };
  if (answeredAt !== null) return { id, conferenceId, stage: 'answered' };
  // A call that is being answered here has been decided on.
  const rings = direction === 'incoming' && state === 'ringing';
  return { id, conferenceId, stage: rings ? 'alerting' : 'calling' };
}

export class PhoneFloor {
  readonly #options: PhoneFloorOptions;
  #floor: Floor = null;
  /** The holds of calls since they went aside, whatever came of them. */
  readonly #holds = new Map<string, Promise<void>>();

  constructor(options: PhoneFloorOptions) {
    this.#options = options;
  }

  /** True while this call, or the conference that it is in, has the floor. */
  has(call: Call): boolean {
    return groupOf(floorCall(call)) === this.#floor;
  }

  /** The person has started or answered this call: it gets the floor. */
  begun(call: Call): void {
    this.#move({ type: 'taken', id: call.id }).catch(this.#options.onProblem);
  }

  /** A call that begins without the floor, since another one talks. */
  begunAside(call: Call): void {
    call.seat.setAside(true);
  }

  /**
   * A call to whom the far side of another one sent the person: it gets the floor. The other one only goes silent, since its far side is
   * about to hang up; it comes back when the new call is not answered.
   */
  begunFor(call: Call, former: Call): void {
    this.#holds.set(former.id, Promise.resolve());
    this.begun(call);
    void call.ended.then(() => {
      const comesBack = call.snapshot.answeredAt === null && isOpen(former) && this.#floor === null;
      if (comesBack) this.begun(former);
    });
  }

  /** Something of a call has changed: one that is answered while others talk goes on hold. */
  changed(call: Call): void {
    if (call.seat.aside && floorCall(call).stage === 'answered') void this.#sendOnHold(call);
  }

  /** The call has ended: a conference goes on with those who stay. */
  ended(call: Call): void {
    this.#holds.delete(call.id);
    this.#dissolve();
    this.#move({ type: 'left', id: call.id }).catch(this.#options.onProblem);
  }

  /**
   * Holds a call. In a conference everybody is held, and stays in it: resuming brings all of them back, and a member that refuses is
   * only silent here. Rejects as Call.hold does for a call outside conferences, which then goes on.
   */
  async hold(call: Call): Promise<void> {
    const { conferenceId } = call.seat;
    if (conferenceId !== null) return this.#move({ type: 'left', id: conferenceId });
    await call.hold();
    // The person has taken it back before it was agreed to.
    if (!call.snapshot.hold.local) return;
    this.#sendAside(call);
    await this.#move({ type: 'left', id: call.id });
  }

  /** Holds whatever else talks, then takes the call off hold. Rejects as Call.resume does; the call then stays on hold. */
  async resume(call: Call): Promise<void> {
    const { stage } = floorCall(call);
    if (stage === 'alerting') throw new PhoneFailure('call.wrong-state', { state: 'ringing' });
    await this.#move({ type: 'taken', id: call.id });
  }

  /**
   * Mixes calls, and the conferences that they bring along, into one, and gives it the floor.
   * @throws PhoneFailure `call.wrong-state` unless all of them are answered, and for more than eight; or as Call.resume does
   */
  async merge(calls: readonly Call[]): Promise<string> {
    for (const call of calls) {
      const { state } = call.snapshot;
      if (state !== 'connected') throw new PhoneFailure('call.wrong-state', { state });
    }
    const groups = new Set(calls.map((call) => groupOf(floorCall(call))));
    const parties = this.#options
      .calls()
      .filter((call) => groups.has(groupOf(floorCall(call))) && isOpen(call));
    if (parties.length > mostParties)
      throw new PhoneFailure('call.wrong-state', { state: 'one of too many' });
    const conferenceId =
      calls.find(({ seat }) => seat.conferenceId !== null)?.seat.conferenceId ?? randomUUID();
    const muted = parties.some(({ seat }) => seat.muted);
    for (const call of parties) {
      call.setMuted(muted);
      if (call.seat.conferenceId !== conferenceId) call.seat.join(conferenceId);
    }
    const [first] = calls;
    if (first !== undefined) await this.#move({ type: 'taken', id: first.id });
    return conferenceId;
  }

  /** Takes a call out of its conference and holds it. */
  async split(call: Call): Promise<void> {
    if (call.seat.conferenceId === null) return;
    this.#sendAside(call);
    call.seat.join(null);
    this.#dissolve();
    await this.#sendOnHold(call);
  }

  /** Mutes the microphone for a call, and for everybody in its conference. */
  setMuted(call: Call, muted: boolean): void {
    const group = groupOf(floorCall(call));
    for (const each of this.#options.calls()) if (groupOf(floorCall(each)) === group) each.setMuted(muted);
  }

  /** Moves the floor; resolves when the others have been asked to hold and those who talk now are off hold. */
  async #move(event: FloorEvent): Promise<void> {
    const calls = this.#options.calls();
    this.#floor = stepFloor(this.#floor, event, calls.map(floorCall));
    const aside = calls.filter((call) => placeOf(floorCall(call), this.#floor) === 'aside');
    for (const call of aside) this.#sendAside(call);
    await Promise.all(aside.map((call) => this.#sendOnHold(call)));
    const back = calls.filter((call) => placeOf(floorCall(call), this.#floor) === 'talks');
    const outcomes = await Promise.allSettled(back.map((call) => this.#bringBack(call)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #sendAside(call: Call): void {
    if (!call.seat.aside) call.seat.setAside(true);
  }

  /** Once for each time that it goes aside; a refusal is told, and the call stays silent here. Resolves when it is decided. */
  #sendOnHold(call: Call): Promise<void> {
    const { answeredAt, hold, state } = call.snapshot;
    const asked = this.#holds.get(call.id);
    if (asked !== undefined) return asked;
    if (answeredAt === null || hold.local || state !== 'connected') return Promise.resolve();
    const held = call.hold().catch((thrown: unknown) => {
      if (isOpen(call)) this.#options.onProblem(thrown);
    });
    this.#holds.set(call.id, held);
    return held;
  }

  async #bringBack(call: Call): Promise<void> {
    // What is on hold for a transfer comes back by itself when that fails.
    if (call.transfer.pending) return;
    const { hold } = call.snapshot;
    if (!call.seat.aside && !hold.local) return;
    this.#holds.delete(call.id);
    call.seat.setAside(false);
    if (!hold.local) return;
    try {
      await call.resume();
    } catch (thrown) {
      await this.#giveUp(call);
      throw thrown;
    }
  }

  /** A call that could not be resumed: it stays on hold and leaves the floor to others. */
  async #giveUp(call: Call): Promise<void> {
    if (!isOpen(call)) return;
    this.#sendAside(call);
    if (call.seat.conferenceId !== null) call.seat.join(null);
    this.#dissolve();
    await this.#move({ type: 'left', id: call.id });
  }

  /** A conference with one party left is a call. */
  #dissolve(): void {
    const open = this.#options.calls().filter(isOpen);
    for (const call of open) {
      const { conferenceId } = call.seat;
      if (conferenceId === null) continue;
      if (open.some((other) => other !== call && other.seat.conferenceId === conferenceId)) continue;
      call.seat.join(null);
      if (this.#floor === conferenceId) this.#floor = call.id;
    }
  }
}

const isOpen = (call: Call) => call.snapshot.state !== 'ended';
