/** RFC 4475's torture messages against a phone on UDP: each is answered, or dropped, as the RFC says. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testAgent } from '../unit/engine/sip/support/test-agent.ts';
import { freePort } from '../support/free-ports.ts';
import { sipPeer, type SipPeer } from '../support/sip-peer.ts';
import { outsideVectors, skipWhen } from '../support/skip.ts';
import { isRight, runTorture, tortureTable, type TorturedPhone, type TortureResult } from './rfc4475-run.ts';
import { tortureVerdicts } from './rfc4475-verdicts.ts';

const { folder, missing } = outsideVectors('rfc4475');
const results = new Map<string, TortureResult>();
let server: SipPeer;

async function openPhone(): Promise<TorturedPhone> {
  const port = await freePort(20_000, 29_999);
  const { agent } = testAgent(server.port, { user: 'user', register: false, localPort: port });
  await agent.start();
  return { port, close: () => agent.close() };
}

beforeAll(async () => {
  if (missing !== undefined) return;
  server = await sipPeer();
  const all = await runTorture(folder, openPhone);
  for (const result of all) results.set(result.name, result);
  process.stdout.write(`\n${tortureTable(all)}\n`);
}, 120_000);
afterAll(async () => {
  await server?.close();
});

describe('the torture messages of RFC 4475', () => {
  beforeEach(skipWhen(missing));

  it.each(tortureVerdicts.map(({ name, title }) => [name, title]))('%s: %s', (name) => {
    const result = results.get(name);
    expect(result && isRight(result), JSON.stringify(result)).toBe(true);
  });

  it('are all in the table, except the one that is no message', () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.dat$/, ''));
    const known = tortureVerdicts.map(({ name }) => name);
    expect(files.filter((file) => !known.includes(file))).toEqual(['test']);
  });
});
