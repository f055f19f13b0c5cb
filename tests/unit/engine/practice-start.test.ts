import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../contract/secret.ts';
import type { PracticeLine } from '../../../contract/services.ts';
import { PracticeStart } from '../../../engine/practice-start.ts';

const line: PracticeLine = {
  host: '127.0.0.1',
  port: 5060,
  user: '1000',
  password: new Secret('x'),
  pin: '1000',
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function practice(failures: number) {
  const told: string[] = [];
  const start = vi.fn(async () => {
    if (start.mock.calls.length <= failures) throw new Error('the folder is locked');
    return line;
  });
  const practiceStart = new PracticeStart({
    start,
    onLine: () => told.push('line'),
    onTrouble: (trouble) => told.push(trouble?.code ?? 'over'),
  });
  return { practiceStart, start, told };
}

describe('the start of the practice line', () => {
  it('says nothing of trouble that never was', async () => {
    const { practiceStart, told } = practice(0);
    await practiceStart.begin();
    expect(told).toEqual(['line']);
  });

  it('is tried again, each time after twice as long, and the trouble is over when it works', async () => {
    const { practiceStart, start, told } = practice(2);
    await practiceStart.begin();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(start).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(start).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['practice.failed', 'practice.failed', 'over', 'line']);
  });

  it('is not tried again once the phone is closed', async () => {
    const { practiceStart, start } = practice(5);
    await practiceStart.begin();
    practiceStart.close();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(start).toHaveBeenCalledTimes(1);
  });
});
