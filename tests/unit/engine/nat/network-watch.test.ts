import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import type { NetworkEffect } from '../../../../engine/nat/network-machine.ts';
import { NetworkWatch, isLoopback, localAddressTowards } from '../../../../engine/nat/network-watch.ts';
import type { Interfaces } from '../../../../engine/nat/network-watch.ts';
import { createHandClock } from '../../../support/hand-clock.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const card = (address: string, internal = false): Interfaces[string] => [
  {
    address,
    netmask: '255.255.255.0',
    family: 'IPv4',
    mac: '02:00:00:00:00:01',
    internal,
    cidr: `${address}/24`,
  },
];

/** A watch over a network that the test makes, towards one server. */
function watchOver(interfaces: Interfaces, server = '192.0.2.1') {
  const clock = createHandClock();
  const world = { interfaces, local: '10.0.0.5' as string | undefined, sleptMs: 0 };
  const effects: NetworkEffect[] = [];
  let changes = 0;
  const watch = new NetworkWatch({
    clock,
    wallClock: () => clock.nowMs() + world.sleptMs,
    interfaces: () => world.interfaces,
    localAddressTowards: async () => world.local,
    servers: () => (server === '' ? [] : [{ address: server, port: 5060 }]),
    intervalMs: () => 1_000,
    onEffect: (effect) => effects.push(effect),
    onChanged: () => (changes += 1),
    log: silentLogger,
  });
  closers.push(() => watch.close());
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    watch,
    world,
    effects,
    changes: () => changes,
    pending: () => clock.pending,
    settle,
    async advance(byMs: number) {
      for (let passed = 0; passed < byMs; passed += 100) {
        clock.advance(100);
        await settle();
      }
    },
  };
}

describe('a network watch', () => {
  it('follows a new way to the server 200 ms after it has seen it twice', async () => {
    const { watch, world, effects, advance, settle } = watchOver({ eth0: card('10.0.0.5') });
    watch.start();
    await settle();
    expect(watch.state).toEqual({ state: 'online', address: '10.0.0.5', lastChange: null });
    world.interfaces = { wlan0: card('10.0.9.9') };
    world.local = '10.0.9.9';
    await advance(1_000);
    expect(watch.state.state).toBe('changing');
    expect(effects).toEqual([]);
    await advance(200);
    expect(effects).toEqual([{ type: 'follow', changed: ['192.0.2.1'] }]);
    watch.restored();
    expect(watch.state.lastChange?.sentence).toBe('Back after 0.2 s.');
  });

  it('takes the same address on another card for another network', async () => {
    const { watch, world, effects, advance, settle } = watchOver({ eth0: card('10.0.0.5') });
    watch.start();
    await settle();
    world.interfaces = { wlan0: card('10.0.0.5') };
    await advance(1_300);
    expect(effects).toEqual([{ type: 'follow', changed: ['192.0.2.1'] }]);
  });

  it('notices that the computer slept, by the wall clock', async () => {
    const { watch, world, effects, advance, settle } = watchOver({ eth0: card('10.0.0.5') });
    watch.start();
    await settle();
    await advance(5_000);
    expect(effects).toEqual([]);
    world.sleptMs = 3_600_000;
    await advance(1_000);
    expect(effects).toEqual([{ type: 'follow', changed: 'all' }]);
  });

  it('is offline without a route, and looks at once when told', async () => {
    const { watch, world, effects, advance, settle, changes } = watchOver({ eth0: card('10.0.0.5') });
    watch.start();
    await settle();
    world.local = undefined;
    watch.hint();
    await settle();
    expect(watch.state.state).toBe('changing');
    await advance(200);
    expect(watch.state).toMatchObject({ state: 'offline', address: '' });
    expect(effects).toEqual([{ type: 'lost' }]);
    expect(changes()).toBe(3);
  });

  it('without a server takes any address that others could reach for a way out', async () => {
    const { watch, world, advance, settle } = watchOver(
      { lo: card('127.0.0.1', true), eth0: card('10.0.0.5') },
      '',
    );
    watch.start();
    await settle();
    expect(watch.state.address).toBe('10.0.0.5');
    world.interfaces = { lo: card('127.0.0.1', true) };
    await advance(1_300);
    expect(watch.state.state).toBe('offline');
  });

  it('leaves no timer behind when it is closed', async () => {
    const { watch, pending, settle } = watchOver({ eth0: card('10.0.0.5') });
    watch.start();
    await settle();
    expect(pending()).toBe(1);
    watch.close();
    watch.hint();
    await settle();
    expect(pending()).toBe(0);
  });
});

describe('the address towards a server', () => {
  it('is the one that the system would send from', async () => {
    expect(await localAddressTowards({ address: '127.0.0.1', port: 9 })).toBe('127.0.0.1');
    expect(await localAddressTowards({ address: '::1', port: 9 })).toBe('::1');
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const towards = await localAddressTowards({ address: '127.0.0.77', port: 9 });
    expect(own.map(({ address }) => address)).toContain(towards);
  });

  it('is none where there is no route', async () => {
    expect(await localAddressTowards({ address: 'not an address', port: 9 })).toBeUndefined();
  });

  it('knows the computer itself', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '10.0.0.1', '::'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
