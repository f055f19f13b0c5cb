/** How many calls a core carries: two hundred at once on the first processor, with a reflector on the last. */
import { sidetone } from '../support/sidetone.ts';
import { Capture } from './capture.ts';
import { cpuSeconds } from './process-cost.ts';
import { startReflector } from './reflector.ts';
import { streamPacing, streamsFrom } from './rtp-streams.ts';
import { atLeast, atMost, type SectionOptions, type SectionResult } from './section.ts';

const calls = 200;
/** Everything is set up and compiled by then. */
const settleMs = 3_000;
const headersOnly = 64;
const sharePercent = 99.9;

export async function crowdSection({ lab, short, say }: SectionOptions): Promise<SectionResult> {
  const seconds = short ? 10 : 30;
  const { network } = lab;
  say(`${calls} calls for ${seconds} s`);
  const reflector = await startReflector(network.hostAddress);
  const filter = `udp and src host ${network.address} and dst port ${reflector.rtpPort}`;
  const capture = await Capture.start(network.hostCable, filter, headersOnly);
  const tool = sidetone(
    [
      ...['bench', 'line', '--server', `${network.hostAddress}:${reflector.sipPort}`, '--user', '101'],
      ...['--no-register', '--at-once', String(calls), '--for', String(seconds + settleMs / 1000)],
    ],
    { network, processor: 0 },
  );
  let [dialled, before, from] = [0, 0, 0];
  while (dialled < calls) {
    await tool.waitFor(({ event }) => event === 'dialled');
    dialled = tool.of('dialled').length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  [before, from] = [cpuSeconds(tool.pid), performance.now()];
  await tool.waitFor(({ event }) => event === 'memory', (seconds + 30) * 1000);
  const used = (cpuSeconds(tool.pid) - before) / ((performance.now() - from) / 1000);
  const report = await tool.waitFor(({ event }) => event === 'bench', 30_000);
  await tool.exited;
  const packets = await capture.stop();
  await reflector.close();

  const streams = streamsFrom(network.address, packets).map((stream) => streamPacing(stream, settleMs));
  const intervals = streams.reduce((sum, stream) => sum + stream.packets - 1, 0);
  const share = (of: (stream: (typeof streams)[number]) => number) =>
    (100 * streams.reduce((sum, stream) => sum + of(stream) * (stream.packets - 1), 0)) / intervals;
  const within5 = share((stream) => stream.within5Ms);
  const missing = streams.reduce((sum, stream) => sum + stream.missing, 0);
  const ours = (title: string, unit: string, digits: number, value: number) => ({
    title,
    unit,
    digits,
    values: { sidetone: [value] },
  });
  return {
    rows: [
      ours('calls at once on one core, answered', '', 0, Number(report['answered'])),
      ours('streams seen', '', 0, streams.length),
      ours(
        'packets within 1 ms of 20 ms',
        '%',
        2,
        share((stream) => stream.within1Ms),
      ),
      ours('packets within 5 ms of 20 ms', '%', 3, within5),
      ours('packets missing', '', 0, missing),
      ours('of the core in use', '%', 1, 100 * used),
      ours('packets lost or late at the phone', '', 0, Number(report['lost']) + Number(report['late'])),
    ],
    verdicts: [
      atLeast('M10', `calls at once on one core`, Number(report['answered']), calls, { digits: 0 }),
      atLeast('M10', `their packets within 5 ms of 20 ms`, within5, sharePercent, { digits: 3, unit: '%' }),
      atMost('M10', `their packets missing`, missing, 0, { digits: 0 }),
    ],
    notes: [],
  };
}
