import { describe, expect, it } from 'vitest';
import { faultsOf, lookLine, type Look } from '../../soak/look.ts';

const flat: Look = {
  minute: 0,
  residentMegabytes: 220,
  heapMegabytes: 24,
  bufferMs: 40,
  received: 30_000,
  late: 0,
  lost: 0,
  concealedMs: 0,
  timeScaledMs: 0,
};
const nine = (change: (look: Look, index: number) => Partial<Look>): Look[] =>
  Array.from({ length: 9 }, (_, index) => ({ ...flat, minute: index, ...change(flat, index) }));

describe('a long call', () => {
  it('has no fault when all stays flat', () => {
    expect(
      faultsOf(
        nine(() => ({})),
        0,
      ),
    ).toEqual([]);
  });

  it.each<[string, (look: Look, index: number) => Partial<Look>, string]>([
    ['memory that grows', (_, index) => ({ residentMegabytes: 220 + 3 * index }), 'memory grew by 18.0 MB'],
    ['a heap that grows', (_, index) => ({ heapMegabytes: 24 + 0.4 * index }), 'the heap grew by 2.4 MB'],
    ['a buffer that fills', (_, index) => ({ bufferMs: 40 + 10 * index }), 'the buffer drifted by 60 ms'],
    ['a buffer that runs dry', (_, index) => ({ bufferMs: 90 - 10 * index }), 'the buffer drifted by -60 ms'],
    ['packets that come too late', (_, index) => ({ late: 2 * index }), '16 packets came too late'],
    ['a packet that is lost', (_, index) => ({ lost: index === 8 ? 1 : 0 }), '1 packets were lost'],
    ['sound that is concealed', (_, index) => ({ concealedMs: 100 * index }), '800 ms were concealed'],
    ['silence from the far side', () => ({ received: 0 }), 'nothing was received'],
  ])('has a fault with %s', (_name, change, fault) => {
    expect(faultsOf(nine(change), 0)).toEqual([fault]);
  });

  it('forgives what one look alone shows', () => {
    expect(
      faultsOf(
        nine((_, index) => (index === 7 ? { residentMegabytes: 260, bufferMs: 200 } : {})),
        0,
      ),
    ).toEqual([]);
  });

  it('may grow as long as its program is still being compiled, and not after that', () => {
    const grown = nine((_, index) => ({
      residentMegabytes: index < 3 ? 190 : 220,
      heapMegabytes: 20 + Math.min(index, 3),
    }));
    expect(faultsOf(grown, 3)).toEqual([]);
    expect(faultsOf(grown, 0)).toEqual(['the heap grew by 3.0 MB', 'memory grew by 30.0 MB']);
  });

  it('prints a look in one line', () => {
    expect(lookLine({ ...flat, minute: 3.25, timeScaledMs: 18 })).toBe(
      '3.3 min: 220 MB resident, 24.0 MB heap, buffer 40 ms, 0 late, 0 lost, 0 ms concealed, 18 ms time-scaled',
    );
  });
});
