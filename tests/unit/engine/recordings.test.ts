/** Recordings of the whole phone: policy, place, and what the call log keeps. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordingName } from '../../../engine/recordings.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { allReady, ask, askOk, home, startPhone, until } from './support/phone-bench.ts';

describe('the recordings of a phone', () => {
  it('begin and end on demand, and stay in the call log', async () => {
    const { phone } = await startPhone();
    await until(phone, allReady);
    const { callId } = await askOk(phone, 'call.start', { target: '1001' });
    expect(await ask(phone, 'call.record', { callId, on: true })).toMatchObject({ ok: false });
    await until(phone, ({ calls }) => calls[0]?.state === 'connected');
    await askOk(phone, 'call.record', { callId, on: true });
    const [call] = phone.snapshot.calls;
    const file = call?.recording?.file ?? '';
    expect(call?.recording?.state).toBe('recording');
    expect(file.startsWith(join(home, 'data', 'recordings'))).toBe(true);
    await askOk(phone, 'call.record', { callId, on: true });
    expect(readdirSync(join(home, 'data', 'recordings'))).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await askOk(phone, 'call.record', { callId, on: false });
    expect(phone.snapshot.calls[0]?.recording).toBeNull();
    const bytes = readFileSync(file);
    expect(bytes.readUInt16LE(22)).toBe(2);
    expect(bytes.length).toBeGreaterThan(44 + 4 * 1600);
    await askOk(phone, 'call.record', { callId, on: true });
    expect(readdirSync(join(home, 'data', 'recordings'))).toHaveLength(2);
    await askOk(phone, 'call.hangup', { callId });
    const { history } = await until(phone, (snapshot) => snapshot.history.length === 1);
    expect(history[0]?.recording).toMatch(/\.wav$/);
    expect(history[0]?.quality?.codec).toBe('PCMU');
    expect((await askOk(phone, 'call.quality', { callId })).points).toEqual(expect.any(Array));
    expect(await ask(phone, 'call.quality', { callId: 'another' })).toMatchObject({
      error: { code: 'call.not-found' },
    });
  });

  it('are refused where policy forbids them', async () => {
    const { phone } = await startPhone();
    await until(phone, allReady);
    const recording = { allowed: false, automatic: true };
    await askOk(phone, 'settings.change', { patch: { recording } });
    const { callId } = await askOk(phone, 'call.start', { target: '1001' });
    await until(phone, ({ calls }) => calls[0]?.state === 'connected');
    expect(await ask(phone, 'call.record', { callId, on: true })).toMatchObject({
      error: { code: 'recording.not-allowed' },
    });
    expect(existsSync(join(home, 'data', 'recordings'))).toBe(false);
  });

  it('begin by themselves where the settings want every call', async () => {
    const { phone } = await startPhone();
    await until(phone, allReady);
    await askOk(phone, 'settings.change', {
      patch: { recording: { automatic: true, folder: join(home, 'all') } },
    });
    await askOk(phone, 'call.start', { target: '1001' });
    await until(phone, ({ calls }) => calls[0]?.recording?.state === 'recording');
    expect(readdirSync(join(home, 'all'))).toHaveLength(1);
  });
});

describe('a recording that cannot go on', async () => {
  const missing = await SmallDisk.missing();

  it('tells once that the disk is full, keeps what fits, and leaves the call alone', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const disk = await SmallDisk.mount(48);
    try {
      const { phone, events } = await startPhone();
      await until(phone, allReady);
      await askOk(phone, 'settings.change', { patch: { recording: { folder: disk.folder } } });
      const { callId } = await askOk(phone, 'call.start', { target: '1001' });
      await until(phone, ({ calls }) => calls[0]?.state === 'connected');
      await askOk(phone, 'call.record', { callId, on: true });
      const { calls } = await until(phone, (snapshot) => snapshot.calls[0]?.recording?.state === 'failed');
      expect(calls[0]?.state).toBe('connected');
      const file = calls[0]?.recording?.file ?? '';
      const message = `The recording ${file} has stopped: the disk is full. The call goes on.`;
      expect(events.filter(({ name }) => name === 'notice')).toMatchObject([
        { data: { error: { code: 'recording.stopped', message } } },
      ]);
      await until(phone, () => readFileSync(file).length === 44 + readFileSync(file).readUInt32LE(40));
      expect(readFileSync(file).length).toBeGreaterThan(40_000);
      await askOk(phone, 'call.hangup', { callId });
      const { history } = await until(phone, (snapshot) => snapshot.history.length === 1);
      expect(history[0]?.recording).toBe(file);
    } finally {
      await disk.close();
    }
  });

  it('does not begin in a folder that cannot be, and says why', async () => {
    const { phone } = await startPhone();
    await until(phone, allReady);
    writeFileSync(join(home, 'file'), '');
    const folder = join(home, 'file', 'recordings');
    await askOk(phone, 'settings.change', { patch: { recording: { folder } } });
    const { callId } = await askOk(phone, 'call.start', { target: '1001' });
    await until(phone, ({ calls }) => calls[0]?.state === 'connected');
    expect(await ask(phone, 'call.record', { callId, on: true })).toMatchObject({
      error: {
        code: 'media.file',
        message: `The sound file ${folder} cannot be used: it is not inside a folder.`,
      },
    });
    expect(phone.snapshot.calls[0]).toMatchObject({ state: 'connected', recording: null });
  });
});

describe('the name of a recording', () => {
  const at = new Date(2026, 2, 1, 14, 5, 9).getTime();

  it('sorts by time and tells the number', () => {
    expect(recordingName(at, '1001')).toBe('2026-03-01 14-05-09 1001');
  });

  it('holds nothing that a file system minds, whoever calls', () => {
    expect(recordingName(at, '../../etc/passwd')).toBe('2026-03-01 14-05-09 .._.._etc_passwd');
    expect(recordingName(at, 'a:b\\c\u0000d|e')).toBe('2026-03-01 14-05-09 a_b_c_d_e');
    expect(recordingName(at, 'x'.repeat(500)).length).toBeLessThan(100);
  });
});
