import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Concealer, type SoundAhead } from '../../../../engine/media/concealment.ts';
import { muLawDecodeInto } from '../../../../native-wasm/g711.ts';
import { mulberry32 } from '../../../support/prng.ts';
import { compareHoles } from '../../../bench/concealment.ts';

const packet = 160;

/** A voice of 125 Hz with overtones at 8 kHz, whose pitch can glide. */
const voice = (from: number, count: number, glide = 0): Int16Array =>
  Int16Array.from({ length: count }, (_, index) => {
    const seconds = (from + index) / 8000;
    const phase = 2 * Math.PI * 125 * (seconds + glide * seconds * seconds);
    return 6000 * Math.sin(phase) + 3000 * Math.sin(2 * phase + 1) + 1500 * Math.sin(5 * phase);
  });

const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

function correlation(a: Int16Array, b: Int16Array): number {
  const product = a.reduce((sum, sample, index) => sum + sample * (b[index] ?? 0), 0);
  return product / (a.length * rms(a) * rms(b));
}

const largestStep = (samples: Int16Array): number =>
  samples.reduce(
    (largest, sample, index) => Math.max(largest, Math.abs(sample - (samples[index - 1] ?? sample))),
    0,
  );

interface Lost {
  concealed: Int16Array;
  after: Int16Array;
  truth: Int16Array;
  /** From one packet before the gap to the end of the one behind it. */
  heard: Int16Array;
}

/** Five packets come, some are lost, one comes; `known`: how many packets before its end the gap's end is known. */
function lose(packets: number, { glide = 0, known = 0 } = {}): Lost {
  const concealer = new Concealer(8000);
  for (let index = 0; index < 5; index += 1) concealer.receive(voice(packet * index, packet, glide));
  const behind = packet * (5 + packets);
  const after = voice(behind, packet, glide);
  const concealed = new Int16Array(packet * packets);
  for (let index = 0; index < packets; index += 1) {
    const left = packets - index;
    const ahead: SoundAhead | null = left <= known ? { samples: after, after: packet * left } : null;
    concealer.conceal(concealed.subarray(packet * index, packet * (index + 1)), ahead);
  }
  const received = after.slice();
  concealer.receive(received);
  return {
    concealed,
    after: received,
    truth: voice(packet * 5, packet * packets, glide),
    heard: Int16Array.from([...voice(packet * 4, packet, glide), ...concealed, ...received]),
  };
}

describe('concealment', () => {
  it('goes on with the voice in its pitch and phase, as loud as it was', () => {
    const { concealed, truth } = lose(1);
    expect(correlation(concealed, truth)).toBeGreaterThan(0.98);
    expect(20 * Math.log10(rms(concealed) / rms(truth))).toBeGreaterThan(-2);
  });

  it('fades to nothing within 80 ms', () => {
    const { concealed } = lose(5);
    expect(rms(concealed.subarray(320, 480))).toBeLessThan(0.8 * rms(concealed.subarray(0, 160)));
    expect(concealed.subarray(640).every((sample) => sample === 0)).toBe(true);
  });

  it.each([
    { packets: 1, known: 0 },
    { packets: 2, known: 0 },
    { packets: 5, known: 0 },
    { packets: 1, known: 1 },
    { packets: 3, known: 1 },
    { packets: 3, known: 3 },
  ])(
    'joins the voice without a step at both ends of $packets lost, $known of them known',
    ({ packets, known }) => {
      const { heard } = lose(packets, { known, glide: 0.3 });
      expect(largestStep(heard)).toBeLessThan(1.5 * largestStep(voice(0, 800, 0.3)));
    },
  );

  it('leaves sound alone that nothing was missing before', () => {
    const concealer = new Concealer(8000);
    const frame = voice(0, packet);
    concealer.receive(frame);
    expect(frame).toEqual(voice(0, packet));
  });

  it('brings a voice that came out of step back into step, instead of letting the two cancel each other', () => {
    const { after } = lose(2, { glide: 0.25 });
    const truth = voice(packet * 7, packet, 0.25);
    expect(20 * Math.log10(rms(after.subarray(0, 40)) / rms(truth.subarray(0, 40)))).toBeGreaterThan(-3);
    expect(after.subarray(40)).toEqual(truth.subarray(40));
  });

  it('makes nothing out of silence', () => {
    const concealer = new Concealer(8000);
    concealer.receive(voice(0, 400));
    concealer.pause(new Int16Array(packet));
    const frame = new Int16Array(packet).fill(9);
    concealer.conceal(frame);
    expect(frame.every((sample) => sample === 0)).toBe(true);
  });

  describe('when the sound behind the gap is known', () => {
    it('meets it: a voice whose pitch glides is followed through the gap', () => {
      const blind = lose(2, { glide: 2 });
      const known = lose(2, { glide: 2, known: 2 });
      expect(correlation(known.concealed, known.truth)).toBeGreaterThan(
        correlation(blind.concealed, blind.truth) + 0.1,
      );
    });

    it('leaves the sound behind the gap as it came', () => {
      expect(lose(2, { glide: 1, known: 2 }).after).toEqual(voice(packet * 7, packet, 1));
    });

    it('takes up what it learns in the middle of the gap', () => {
      const last = packet * 2;
      const likeness = (known: number): number => {
        const { concealed, truth } = lose(3, { glide: 2, known });
        return correlation(concealed.subarray(last), truth.subarray(last));
      };
      expect(likeness(1)).toBeGreaterThan(likeness(0) + 0.2);
    });

    it('fades in towards it after a gap that was longer than it can guess', () => {
      const { concealed } = lose(8, { known: 2 });
      expect(concealed.subarray(packet * 5, packet * 6).every((sample) => sample === 0)).toBe(true);
      expect(rms(concealed.subarray(packet * 7))).toBeGreaterThan(1000);
    });

    it('smooths the join when something else comes', () => {
      const concealer = new Concealer(8000);
      concealer.receive(voice(0, 800));
      const gap = new Int16Array(80);
      concealer.conceal(gap, { samples: voice(960, packet), after: packet });
      const early = voice(880, packet);
      concealer.receive(early);
      expect(largestStep(Int16Array.from([...gap, ...early]))).toBeLessThan(1.5 * largestStep(voice(0, 800)));
    });
  });

  describe('of the noise behind the voice', () => {
    const hiss = (amplitude: number, count = packet): Int16Array => {
      const draw = mulberry32(7);
      return Int16Array.from({ length: count }, () => amplitude * (2 * draw() - 1));
    };

    it('goes on after the voice has faded, instead of dead silence', () => {
      const concealer = new Concealer(8000);
      for (let index = 0; index < 20; index += 1) concealer.receive(hiss(100));
      for (let index = 0; index < 5; index += 1) concealer.receive(voice(packet * index, packet));
      const gap = new Int16Array(packet * 8);
      concealer.conceal(gap);
      expect(20 * Math.log10(rms(gap.subarray(packet * 5)) / rms(hiss(100)))).toBeGreaterThan(-2);
      expect(20 * Math.log10(rms(gap.subarray(packet * 5)) / rms(hiss(100)))).toBeLessThan(2);
    });

    it('is heard in an announced pause as the far side describes it, and no longer than the pause', () => {
      const concealer = new Concealer(8000);
      for (let index = 0; index < 5; index += 1) concealer.receive(voice(packet * index, packet));
      concealer.announce({ levelDbov: -50, reflections: [] });
      const pause = new Int16Array(packet * 10);
      expect(concealer.pause(pause)).toBe(true);
      const level = 20 * Math.log10(rms(pause.subarray(packet)) / 32_768);
      expect(level).toBeGreaterThan(-51);
      expect(level).toBeLessThan(-49);
      const speech = voice(packet * 5, packet);
      concealer.receive(speech);
      expect(speech.subarray(40)).toEqual(voice(packet * 5, packet).subarray(40));
      const end = new Int16Array(packet);
      expect(concealer.pause(end)).toBe(false);
      expect(end.every((sample) => sample === 0)).toBe(true);
    });

    it('begins and ends without a step', () => {
      const concealer = new Concealer(8000);
      for (let index = 0; index < 5; index += 1) concealer.receive(voice(packet * index, packet));
      concealer.announce({ levelDbov: -50, reflections: [] });
      const pause = new Int16Array(packet * 3);
      concealer.pause(pause);
      const speech = voice(packet * 8 + 50, packet);
      concealer.receive(speech);
      const heard = Int16Array.from([...voice(packet * 4, packet), ...pause, ...speech]);
      expect(largestStep(heard)).toBeLessThan(1.2 * largestStep(voice(0, 800)));
    });

    it('changes while the pause lasts, when it is described anew', () => {
      const concealer = new Concealer(8000);
      concealer.announce({ levelDbov: -70, reflections: [] });
      const pause = new Int16Array(packet * 10);
      concealer.pause(pause);
      concealer.announce({ levelDbov: -40, reflections: [] });
      const louder = new Int16Array(packet * 20);
      concealer.pause(louder);
      expect(rms(louder.subarray(packet * 10))).toBeGreaterThan(20 * rms(pause));
    });
  });

  it('takes gaps in pieces of any length', () => {
    const whole = new Concealer(8000);
    const pieces = new Concealer(8000);
    for (const concealer of [whole, pieces]) concealer.receive(voice(0, 800));
    const [a, b] = [new Int16Array(320), new Int16Array(320)];
    whole.conceal(a);
    for (let from = 0, length = 1; from < 320; from += length, length += 7)
      pieces.conceal(b.subarray(from, from + length));
    expect(b).toEqual(a);
  });

  describe('of speech, beside ITU-T G.711 Appendix I', () => {
    const codes = readFileSync(new URL('../../../vectors/speech/sentences.ul', import.meta.url));
    const speech = new Int16Array(codes.length);
    muLawDecodeInto(codes, speech);

    const packets = Math.floor(speech.length / packet);
    const period = 6;
    /** The speech again and again, until each packet has been lost as part of a burst of this length. */
    const truth = Int16Array.from(
      { length: period * packets * packet },
      (_, index) => speech[index % (packets * packet)] ?? 0,
    );
    const losses = (burst: number): boolean[] =>
      Array.from(
        { length: period * packets },
        (_, index) => (index + Math.floor(index / packets)) % period < burst,
      );

    it.each([
      { losses: 'single losses', burst: 1, mostDb: 1 },
      { losses: 'bursts of two', burst: 2, mostDb: 3 },
    ])('is more like what was lost, and as loud, in $losses', ({ burst, mostDb }) => {
      const lost = losses(burst);
      const theirs = compareHoles(truth, [lost], 'appendix-one');
      for (const method of ['sidetone-blind', 'sidetone'] as const) {
        const ours = compareHoles(truth, [lost], method);
        expect(ours.holes).toBeGreaterThan(200);
        expect(ours.correlation, method).toBeGreaterThan(theirs.correlation);
        expect(Math.abs(ours.energyDb), method).toBeLessThan(mostDb);
      }
    });
  });
});
