/** The tests' own means, tried for real: a PBX that comes back, and a network whose address changes and that loses packets. */
import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { ensureDebianPackages } from '../support/debian-packages.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { runCommand } from '../support/run-command.ts';
import { skipWhen } from '../support/skip.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('an Asterisk that is restarted', async () => {
  const missing = await AsteriskPbx.missing();

  it('answers again at the same port', async (context) => {
    skipWhen(missing)(context);
    const pbx = await AsteriskPbx.start();
    closers.push(() => pbx.close());
    const before = await pbx.cli('core show uptime seconds');
    await pbx.restart({ downMs: 500 });
    const after = await pbx.cli('core show uptime seconds');
    const seconds = (text: string) => Number(/System uptime: (\d+)/.exec(text)?.[1]);
    expect(seconds(before)).toBeGreaterThanOrEqual(0);
    expect(seconds(after)).toBeLessThan(10);
    expect(await pbx.cli('pjsip show transports')).toContain(`:${pbx.sipPort}`);
  });
});

describe('a network namespace', () => {
  let missing: string | undefined;
  beforeAll(async () => {
    await ensureDebianPackages(['iproute2', 'nftables']);
    missing = await NetworkNamespace.missing();
  });

  /** Sends datagrams from inside and resolves to the addresses that they came from. */
  async function heardFrom(network: NetworkNamespace, datagrams: number): Promise<string[]> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, network.hostAddress, resolve));
    const heard: string[] = [];
    socket.on('message', (_data, { address }) => void heard.push(address));
    const { port } = socket.address();
    const script = `const s=require('dgram').createSocket('udp4');let n=${datagrams};const next=()=>n--?s.send('x',${port},'${network.hostAddress}',()=>setImmediate(next)):s.close();next()`;
    const [command, args] = network.command(process.execPath, '-e', script);
    expect(await runCommand(command, args, { timeoutMs: 20_000 })).toMatchObject({ status: 0 });
    await delay(100);
    await new Promise<void>((resolve) => socket.close(resolve));
    return heard;
  }

  it('has an address that changes, and leaves nothing behind', async (context) => {
    skipWhen(missing)(context);
    const network = await NetworkNamespace.create();
    closers.push(() => network.close());
    const first = network.address;
    expect(await heardFrom(network, 1)).toEqual([first]);
    const second = await network.changeAddress();
    expect(second).not.toBe(first);
    expect(await heardFrom(network, 1)).toEqual([second]);
    await network.close();
    expect((await runCommand('ip', ['netns', 'list'], { timeoutMs: 5_000 })).stdout).not.toContain(
      network.name,
    );
  });

  it('loses the packets that it is told to lose', async (context) => {
    skipWhen(missing)(context);
    const network = await NetworkNamespace.create();
    closers.push(() => network.close());
    await network.setLoss(50);
    const heard = (await heardFrom(network, 1_000)).length;
    expect(heard).toBeGreaterThan(300);
    expect(heard).toBeLessThan(700);
    await network.setLoss(0);
    expect(await heardFrom(network, 100)).toHaveLength(100);
  });
});
