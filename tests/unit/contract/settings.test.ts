import { describe, expect, it } from 'vitest';
import { alignmentReport } from '../../../contract/alignment.ts';
import { applyPatch, completeSettings, defaultSettings, settingsPatch } from '../../../contract/settings.ts';

describe('settings', () => {
  it('are those of the desk phone when nothing is set', () => {
    const settings = completeSettings({});
    expect(settings).toEqual(defaultSettings);
    expect(alignmentReport(settings).every(({ matched }) => matched)).toBe(true);
  });
  it('keep what a partial document does not name', () => {
    const settings = completeSettings({ dtmf: { duration: 100 } });
    expect(settings.dtmf).toEqual({ ...defaultSettings.dtmf, duration: 100 });
  });
  it('show a differing row as not matched, with both values', () => {
    const report = alignmentReport(applyPatch(defaultSettings, { dtmf: { duration: 100 } }));
    expect(report.filter(({ matched }) => !matched)).toEqual([
      expect.objectContaining({ key: 'dtmf.duration', expected: '160 ms', actual: '100 ms' }),
    ]);
  });
  it('change only what a patch names', () => {
    const patch = settingsPatch.parse({ audio: { speaker_volume: 0.5 } });
    expect(patch).toEqual({ audio: { speaker_volume: 0.5 } });
    expect(applyPatch(defaultSettings, patch).audio.ring_volume).toBe(defaultSettings.audio.ring_volume);
  });
  it.each([
    [{ rtp: { port_min: 20_000, port_max: 10_000 } }, /port_max/],
    [{ dtmf: { duration: 'long' } }, /duration/],
    [{ ice_transport_policy: 'none' }, /ice_transport_policy/],
  ])('refuse %j and name the key', (document, key) => {
    expect(() => completeSettings(document)).toThrow(key);
  });
  it('refuse a patch with an unknown key', () => {
    expect(settingsPatch.safeParse({ rtp: {}, made_up: 1 }).success).toBe(false);
  });
});
