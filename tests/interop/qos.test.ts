/** The nftables rule of docs/qos.md, in a network of its own: packets of calls carry EF, others do not, and the phone reads it back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { projectRoot } from '../support/project-paths.ts';
import { runCommand } from '../support/run-command.ts';
import { skipWhen } from '../support/skip.ts';

const ports = { portMin: 10_000, portMax: 20_000 };
let missing: string | undefined;
let network: NetworkNamespace | undefined;

async function whatIsMissing(): Promise<string | undefined> {
  const { status } = await runCommand('tcpdump', ['--version'], { timeoutMs: 5_000 });
  return status === 0 ? NetworkNamespace.missing() : 'tcpdump is not installed';
}

beforeAll(async () => {
  missing = await whatIsMissing();
  if (missing === undefined) network = await NetworkNamespace.create();
});
afterAll(() => network?.close());
beforeEach((context) => skipWhen(missing)(context));

async function inside(command: string, ...args: string[]): Promise<string> {
  if (network === undefined) throw new Error('there is no network');
  const { status, stdout, stderr } = await runCommand(...network.command(command, ...args), {
    timeoutMs: 20_000,
  });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

/** What the phone reads back there. */
async function markRead(range: typeof ports): Promise<unknown> {
  const module = JSON.stringify(join(projectRoot, 'host/packet-mark.ts'));
  const script = `const { readPacketMark } = await import(${module});
    console.log(JSON.stringify(await readPacketMark(${JSON.stringify(range)})));`;
  return JSON.parse(await inside(process.execPath, '--input-type=module', '-e', script));
}

/** The rule as the page has it. */
function documentedRule(): string {
  const page = readFileSync(join(projectRoot, 'docs/qos.md'), 'utf8');
  const rule = /```\n(table inet sidetone[\s\S]*?)```/.exec(page)?.[1];
  if (rule === undefined) throw new Error('docs/qos.md has no nftables rule');
  return rule;
}

describe('the priority of sound', () => {
  it('is read back as none without a policy', async () => {
    expect(await markRead(ports)).toEqual({ kind: 'read', dscp: 0 });
  });

  it('is EF on real packets with the documented rule, for the ports of sound only', async () => {
    await inside('nft', documentedRule());
    expect(await markRead(ports)).toEqual({ kind: 'read', dscp: 46 });
    expect(await markRead({ portMin: 30_000, portMax: 30_100 })).toEqual({ kind: 'read', dscp: 0 });
  });
});
