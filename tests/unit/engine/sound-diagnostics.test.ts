import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { PacketMark } from '../../../contract/services.ts';
import { defaultSettings } from '../../../contract/settings.ts';
import { checkTurnServer } from '../../../engine/server-checks.ts';
import { checkSound } from '../../../engine/sound-diagnostics.ts';

const check = async (mark: PacketMark, dscp = 46) => {
  const settings = { ...defaultSettings, qos: { dscp } };
  return (
    await checkSound({ settings, packetMark: async () => mark, readSecret: async () => undefined })
  ).find(({ id }) => id === 'dscp');
};

describe('the check of what sound needs', () => {
  it('finds free ports', async () => {
    const mark: PacketMark = { kind: 'read', dscp: 46 };
    const checks = await checkSound({
      settings: defaultSettings,
      packetMark: async () => mark,
      readSecret: async () => undefined,
    });
    expect(checks.map(({ id, state }) => [id, state])).toContainEqual(['ports', 'good']);
  });

  it('is content with the mark that is wanted', async () => {
    expect(await check({ kind: 'read', dscp: 46 })).toMatchObject({ state: 'good', cure: '' });
    expect(await check({ kind: 'read', dscp: 34 }, 34)).toMatchObject({ state: 'good' });
  });

  it('says what is marked instead, and where the policy is described', async () => {
    const found = await check({ kind: 'read', dscp: 0 });
    expect(found).toMatchObject({ state: 'bad' });
    expect(found?.sentence).toContain('DSCP 0 instead of 46');
    expect(found?.cure).toContain('docs/qos.md');
  });

  it('claims nothing that it could not read', async () => {
    expect(await check({ kind: 'unknown', reason: 'not permitted', cure: 'Ask.' })).toMatchObject({
      state: 'unknown',
      cure: 'Ask.',
    });
  });

  it('says of each server for ICE whether it is one', async () => {
    const turn = { url: 'http://turn', username: '', credential_type: 'password' } as const;
    const settings = { ...defaultSettings, stun_servers: ['stun://x'], turn_servers: [turn] };
    const mark: PacketMark = { kind: 'read', dscp: 46 };
    const checks = await checkSound({
      settings,
      packetMark: async () => mark,
      readSecret: async () => undefined,
    });
    expect(checks.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'ports good',
      'stun bad',
      'turn bad',
      'dscp good',
    ]);
  });

  it('says in words that nothing listens where the TURN server should be', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const url = `turn:127.0.0.1:${port}`;
    const found = await checkTurnServer(
      { url, username: '', credential_type: 'password' },
      async () => undefined,
    );
    expect(found.sentence).toBe('The TURN server 127.0.0.1 cannot be used: nothing listens at its port.');
  });
});
