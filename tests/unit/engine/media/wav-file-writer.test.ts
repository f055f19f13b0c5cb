import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseWav } from '../../../../engine/media/wav-format.ts';
import { WavFileWriter } from '../../../../engine/media/wav-file-writer.ts';
import { skipWhen } from '../../../support/skip.ts';
import { SmallDisk } from '../../../support/small-disk.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wav-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const second = (value: number) => new Int16Array(16_000).fill(value);

async function openFile(path: string) {
  const failures: string[] = [];
  const onFailure = (reason: string) => failures.push(reason);
  const writer = await WavFileWriter.create(path, { channels: 2, overwrite: false, onFailure });
  return { writer, failures };
}

/** Samples of one channel; throws where the file is not whole. */
function channelOf(path: string): Int16Array {
  const bytes = readFileSync(path);
  expect(bytes.length).toBe(44 + bytes.readUInt32LE(40));
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
  const parsed = parseWav(bytes);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value.samples;
}

describe('a file that grows with a call', () => {
  it('is told about once when somebody removes it, and the rest is dropped', async () => {
    const path = join(folder, 'call.wav');
    const { writer, failures } = await openFile(path);
    writer.append(second(1), 8000);
    await expect.poll(() => readFileSync(path).length).toBeGreaterThan(44);
    rmSync(path);
    writer.append(second(2), 8000);
    await expect.poll(() => failures).toEqual(['its file was removed']);
    writer.append(second(3), 8000);
    await writer.close();
    expect(failures).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('goes on under its new name when somebody gives it one', async () => {
    const path = join(folder, 'call.wav');
    const { writer, failures } = await openFile(path);
    writer.append(second(1), 8000);
    renameSync(path, join(folder, 'kept.wav'));
    writer.append(second(1), 8000);
    await writer.close();
    expect(failures).toEqual([]);
    expect(channelOf(join(folder, 'kept.wav')).length).toBe(16_000);
  });

  it('leaves alone what is there already', async () => {
    const path = join(folder, 'call.wav');
    writeFileSync(path, 'precious');
    await expect(openFile(path)).rejects.toThrow('there is a file of that name already');
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });
});

describe('a file on a disk of 64 kB', async () => {
  const missing = await SmallDisk.missing();
  let disk: SmallDisk | undefined;
  beforeEach(skipWhen(missing));
  beforeEach(async () => {
    disk = missing === undefined ? await SmallDisk.mount(64) : undefined;
  });
  afterEach(() => disk?.close());
  const onDisk = (name: string) => join(disk?.folder ?? '', name);

  it('has what fits when the disk is full, as a whole WAV file, and says so once', async () => {
    const path = onDisk('call.wav');
    const { writer, failures } = await openFile(path);
    for (let value = 1; value <= 4; value += 1) writer.append(second(value), 8000);
    await writer.close();
    expect(failures).toEqual(['the disk is full']);
    const samples = channelOf(path);
    // A second takes 32,000 octets; the third one begins where 64 kB end.
    expect(samples.length).toBeGreaterThan(16_000);
    expect(samples.length).toBeLessThan(24_000);
    expect([samples[0], samples[8000], samples[16_000]]).toEqual([1, 2, 3]);
    expect(samples.at(-1)).toBe(3);
  });

  it('is not made where there is no room for it, and leaves nothing behind', async () => {
    writeFileSync(onDisk('all'), Buffer.alloc(64 * 1024));
    await expect(openFile(onDisk('call.wav'))).rejects.toThrow('the disk is full');
    expect(readdirSync(disk?.folder ?? '')).toEqual(['all']);
  });

  it('is not made where nothing may be written', async () => {
    await disk?.makeReadOnly();
    await expect(openFile(onDisk('call.wav'))).rejects.toThrow('the disk cannot be written to');
  });
});
