/** G.711 exactness and cost, and how well lost sound is filled beside ITU-T G.711 Appendix I: what needs no network. */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import alawmulaw from 'alawmulaw';
import {
  aLawDecode,
  aLawEncode,
  muLawDecode,
  muLawDecodeInto,
  muLawEncode,
  muLawEncodeInto,
} from '../../native-wasm/g711.ts';
import vectors from '../vectors/g711/g711.json' with { type: 'json' };
import {
  concealmentMethods,
  lossPatterns,
  measureConcealment,
  type ConcealmentMethod,
  type ConcealmentRow,
  type LossPattern,
} from './concealment.ts';
import {
  atLeast,
  atMost,
  type SectionOptions,
  type SectionResult,
  type Table,
  type Verdict,
} from './section.ts';
import { median } from './statistics.ts';

const allSamples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
const allCodes = Uint8Array.from({ length: 256 }, (_, code) => code);
const frameSamples = 160;
const rounds = 7;

/** Directions and laws whose result is not that of ITU-T's sweep, sample by sample (its digest stands for it). */
function wrongDirections(): number {
  const laws = [
    { encode: muLawEncode, decode: muLawDecode, own: vectors.muLaw },
    { encode: aLawEncode, decode: aLawDecode, own: vectors.aLaw },
  ];
  return laws
    .flatMap(({ encode, decode, own }) => [
      createHash('sha256').update(encode(allSamples)).digest('hex') === own.encodedSha256,
      decode(allCodes).every((sample, code) => sample === own.decoded[code]),
    ])
    .filter((right) => !right).length;
}

/** Of 65,536 samples, those that alawmulaw encodes otherwise than we do: µ-law and A-law. Ours are ITU-T's where all directions are right. */
function wrongCodesOfAlawmulaw(): number[] {
  return [
    [alawmulaw.mulaw.encode(allSamples), muLawEncode(allSamples)],
    [alawmulaw.alaw.encode(allSamples), aLawEncode(allSamples)],
  ].map(([theirs, ours]) => (theirs ?? []).filter((code, index) => code !== ours?.[index]).length);
}

const [codes, back] = [new Uint8Array(frameSamples), new Int16Array(frameSamples)];

/** The boundary to WebAssembly included. */
function throughOurs(frame: Int16Array): void {
  muLawEncodeInto(frame, codes);
  muLawDecodeInto(codes, back);
}

function throughAlawmulaw(frame: Int16Array): void {
  alawmulaw.mulaw.decode(alawmulaw.mulaw.encode(frame));
}

/** Processor time in nanoseconds to encode and decode a frame of 20 ms of speech: what a sample costs may depend on how loud it is. */
function frameNs(speech: Int16Array, throughCodec: (frame: Int16Array) => void): number {
  const frames = Array.from({ length: 1_000 }, (_, index) =>
    speech.slice(index * frameSamples, (index + 1) * frameSamples),
  );
  const passes = 50;
  const once = () => {
    const before = process.cpuUsage();
    for (let pass = 0; pass < passes; pass += 1) for (const frame of frames) throughCodec(frame);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / (passes * frames.length);
  };
  return median(Array.from({ length: rounds }, once));
}

/** Processor time in nanoseconds to send and receive one datagram of 172 octets, many at a time: the least it ever takes. */
async function datagramNs(): Promise<number> {
  const packets = 40_000;
  const burst = 50;
  const receiver = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  receiver.on('message', () => undefined);
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const sender = createSocket('udp4');
  sender.connect(receiver.address().port, '127.0.0.1');
  await once(sender, 'connect');
  const packet = Buffer.alloc(172, 0xff);
  const before = process.cpuUsage();
  for (let sent = 0; sent < packets; sent += burst) {
    for (let each = 0; each < burst; each += 1) sender.send(packet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  sender.close();
  receiver.close();
  return ((user + system) * 1000) / packets;
}

/** Also where nothing is known of what comes behind a loss, as Appendix I knows nothing of it. */
function concealmentVerdicts(rows: readonly ConcealmentRow[]): Verdict[] {
  const of = (method: ConcealmentMethod) => rows.filter((row) => row.method === method);
  const reference = of('appendix-one');
  return [...of('sidetone-blind').entries(), ...of('sidetone').entries()].flatMap(([index, row]) => {
    const known = row.method === 'sidetone' ? 'the next packet waiting' : 'nothing known of what follows';
    const name = `${nameOf(row.pattern)}, ${known}`;
    const share = row.correlation / (reference[index]?.correlation ?? Number.NaN);
    const mostDb = row.pattern.burst === 1 ? 1 : 3;
    return [
      atLeast('M7', `${name}: correlation, of Appendix I's`, share, 1, { unit: '×' }),
      atMost('M7', `${name}: energy off by`, Math.abs(row.energyDb), mostDb, { unit: 'dB' }),
    ];
  });
}

function nameOf({ percent, burst }: LossPattern): string {
  return `${percent}% loss${burst === 1 ? '' : ` in bursts of ${burst}`}`;
}

const methodNames: Record<ConcealmentMethod, string> = {
  silence: 'silence',
  repeat: 'the packet before',
  'appendix-one': 'G.711 Appendix I',
  'sidetone-blind': 'Sidetone, nothing known of what follows',
  sidetone: 'Sidetone, the next packet waiting',
};

function concealmentTable(rows: readonly ConcealmentRow[]): Table {
  const cell = ({ correlation, energyDb }: ConcealmentRow) =>
    `${correlation.toFixed(2)}, ${energyDb.toFixed(1)} dB`;
  return {
    head: ['what fills a lost packet', ...concealmentMethods.map((method) => methodNames[method])],
    lines: lossPatterns.map((pattern) => [
      nameOf(pattern),
      ...rows.filter((row) => row.pattern === pattern).map(cell),
    ]),
  };
}

export async function codecSection({ lab }: SectionOptions): Promise<SectionResult> {
  const speech = lab.says.samples;
  const [codec, theirs] = [frameNs(speech, throughOurs), frameNs(speech, throughAlawmulaw)];
  const datagram = await datagramNs();
  const concealment = measureConcealment(speech);
  return {
    rows: [
      {
        title: 'laws and directions that differ from ITU-T',
        unit: '',
        digits: 0,
        values: { sidetone: [wrongDirections()] },
      },
      { title: 'encode and decode a frame of G.711', unit: 'ns', digits: 0, values: { sidetone: [codec] } },
      { title: 'send and receive a datagram', unit: 'ns', digits: 0, values: { floor: [datagram] } },
    ],
    table: concealmentTable(concealment),
    verdicts: [
      atMost('M1', 'G.711 laws and directions with a wrong code among 65,536', wrongDirections(), 0, {
        digits: 0,
      }),
      atMost('M2', 'a frame of G.711, of a datagram sent and received', codec / datagram, 0.1, {
        digits: 3,
        unit: '×',
      }),
      atMost('M2', "a frame of G.711, of alawmulaw's", codec / theirs, 0.1, { digits: 3, unit: '×' }),
      ...concealmentVerdicts(concealment),
    ],
    notes: [
      `alawmulaw, the codec that phones in JavaScript use, takes ${theirs.toFixed(0)} ns for the frame, and encodes ${wrongCodesOfAlawmulaw().join(' and ')} of 65,536 samples otherwise than ITU-T (µ-law and A-law).`,
      'A filling is compared with what was lost: correlation of the waveforms, and energy; medians over the lost packets that held sound.',
    ],
  };
}
