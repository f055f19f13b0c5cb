import { describe, expect, it } from 'vitest';
import type { PhoneError } from '../../../../contract/errors.ts';
import { silentLogger } from '../../../../engine/log.ts';
import { CallRecovery } from '../../../../engine/sip/call-recovery.ts';
import type { WishOutcome } from '../../../../engine/sip/session-negotiation.ts';
import { createHandClock } from '../../../support/hand-clock.ts';

/** A call's recovery whose far side answers what the test says. */
function recovering() {
  const clock = createHandClock();
  const world = {
    answers: [] as WishOutcome['kind'][],
    movable: true,
    expectsSound: true,
    moves: [] as string[],
    asked: 0,
    gone: false,
    notices: [] as PhoneError[],
    changes: 0,
  };
  const recovery = new CallRecovery({
    media: () => ({
      expectsSound: world.expectsSound,
      move: async (address) => {
        if (!world.movable) throw new Error('no such address');
        world.moves.push(address);
      },
    }),
    renegotiate: async () => {
      world.asked += 1;
      return world.answers.shift() ?? 'agreed';
    },
    giveUp: () => (world.gone = true),
    target: () => 'Anna',
    notice: (error) => world.notices.push(error),
    onChanged: () => (world.changes += 1),
    clock,
    log: silentLogger,
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { recovery, clock, world, settle };
}

describe('a call’s recovery', () => {
  it('moves the sound, asks the far side, and shows for so long that it is at work', async () => {
    const { recovery, world, settle } = recovering();
    recovery.cutOff();
    expect(recovery.active).toBe(true);
    recovery.pathChanged('10.0.9.9');
    await settle();
    expect(world).toMatchObject({ moves: ['10.0.9.9'], asked: 1, changes: 2 });
    expect(recovery.active).toBe(false);
  });

  it('asks again when nobody has answered, and moves again what could not move', async () => {
    const { recovery, clock, world, settle } = recovering();
    world.answers.push('silent', 'refused');
    world.movable = false;
    recovery.pathChanged('10.0.9.9');
    await settle();
    expect(world.asked).toBe(0);
    world.movable = true;
    for (const delayMs of [500, 1_000, 2_000]) {
      clock.advance(delayMs);
      await settle();
    }
    expect(world).toMatchObject({ moves: ['10.0.9.9'], asked: 3 });
    expect(recovery.active).toBe(false);
  });

  it('says after 10 s that no sound comes, asks after 20 s, and gives up a far side that is silent altogether', async () => {
    const { recovery, clock, world, settle } = recovering();
    world.answers.push('silent');
    for (let second = 0; second < 20; second += 1) {
      recovery.counted(500);
      clock.advance(1_000);
    }
    expect(world.notices.map(({ message }) => message)).toEqual(['No sound comes from Anna any more.']);
    expect(world.asked).toBe(0);
    recovery.counted(500);
    await settle();
    expect(world).toMatchObject({ asked: 1, gone: true });
  });

  it('leaves a far side alone that sends nothing and answers', async () => {
    const { recovery, clock, world, settle } = recovering();
    for (let second = 0; second < 60; second += 1) {
      recovery.counted(500);
      clock.advance(1_000);
      await settle();
    }
    expect(world).toMatchObject({ asked: 2, gone: false });
    expect(world.notices).toHaveLength(1);
  });

  it('expects no sound on hold', async () => {
    const { recovery, clock, world } = recovering();
    world.expectsSound = false;
    for (let second = 0; second < 60; second += 1) {
      recovery.counted(500);
      clock.advance(1_000);
    }
    expect(world).toMatchObject({ asked: 0, notices: [] });
  });

  it('leaves no timer behind', async () => {
    const { recovery, clock, world, settle } = recovering();
    world.answers.push('silent');
    recovery.pathChanged('10.0.9.9');
    await settle();
    expect(clock.pending).toBe(1);
    recovery.close();
    expect(clock.pending).toBe(0);
    recovery.pathChanged('10.0.9.8');
    await settle();
    expect(world.moves).toEqual(['10.0.9.9']);
  });
});
