import { describe, expect, it } from 'vitest';
import { defaultSettings, type Settings } from '../../../../../contract/settings.ts';
import { answerOffer, makeOffer, readAnswer } from '../../../../../engine/sip/sdp/offer-answer.ts';

type Codecs = Settings['codecs'];

/** Settings with these codecs enabled, in this order, and keys. */
function speaking(...names: Codecs[number]['name'][]): Settings {
  const codecs = defaultSettings.codecs.map((codec) => {
    const place = names.indexOf(codec.name);
    const enabled = codec.name === 'telephone-event' || place >= 0;
    return { ...codec, enabled, priority: place < 0 ? 90 : place + 1 };
  });
  return { ...defaultSettings, codecs };
}

const localOf = (settings: Settings) => ({
  sessionId: '42',
  version: 1,
  address: '192.0.2.7',
  port: 10_000,
  settings,
  direction: 'sendrecv' as const,
});

const description = (...lines: string[]) =>
  ['v=0', 'o=them 7 8 IN IP4 198.51.100.3', 's=call', 'c=IN IP4 198.51.100.3', 't=0 0', ...lines, ''].join(
    '\r\n',
  );

function answered(settings: Settings, ...lines: string[]) {
  const result = answerOffer(description(...lines), localOf(settings));
  if (!result.ok) throw new Error(result.problem);
  return result;
}

function settled(settings: Settings, ...lines: string[]) {
  const result = readAnswer(description(...lines), localOf(settings));
  if (!result.ok) throw new Error(result.problem);
  return result.parameters;
}

const typesOf = (text: string) =>
  /^m=audio \d+ RTP\/AVP (.*)$/m.exec(text)?.[1]?.trim().split(' ').map(Number) ?? [];
const opusOffer = ['m=audio 4000 RTP/AVP 111 101', 'a=rtpmap:111 opus/48000/2'];

describe('an offer', () => {
  it('names the codecs in the order of the settings', () => {
    const offer = makeOffer(localOf(speaking('opus', 'G722', 'PCMA')));
    expect(typesOf(offer)).toEqual([107, 9, 8, 13, 101, 96]);
  });

  it('gives no number twice, whatever the settings say', () => {
    const settings = speaking('opus', 'L16');
    settings.codecs = settings.codecs.map((codec) => ({ ...codec, payload_type: 101 }));
    const types = typesOf(makeOffer(localOf(settings)));
    expect(new Set(types).size).toBe(types.length);
    expect(types).toContain(settings.dtmf.payload_type);
  });

  it('names keys at the clock of each codec, the lowest under the number of the settings', () => {
    const keysOf = (settings: Settings) =>
      makeOffer(localOf(settings)).match(/^a=rtpmap:\d+ telephone-event\/\d+/gm);
    expect(keysOf(speaking('G722', 'PCMU'))).toEqual(['a=rtpmap:101 telephone-event/8000']);
    expect(keysOf(speaking('opus'))).toEqual(['a=rtpmap:101 telephone-event/48000']);
    expect(keysOf(speaking('opus', 'L16', 'PCMU'))).toEqual([
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:96 telephone-event/16000',
      'a=rtpmap:97 telephone-event/48000',
    ]);
  });

  it('names comfort noise where speaking may pause, and only beside a clock of 8000', () => {
    const withAudio = (change: Partial<Settings['audio']>, ...names: Parameters<typeof speaking>) => {
      const settings = speaking(...names);
      return typesOf(makeOffer(localOf({ ...settings, audio: { ...settings.audio, ...change } })));
    };
    expect(withAudio({}, 'PCMU')).toEqual([0, 13, 101]);
    expect(withAudio({}, 'opus')).toEqual([107, 101]);
    expect(withAudio({ comfort_noise: false }, 'PCMU')).toEqual([0, 101]);
    expect(withAudio({ voice_activity_detection: false }, 'PCMU')).toEqual([0, 101]);
  });

  it('says what Opus is to be like', () => {
    const settings = speaking('opus');
    settings.opus = { sample_rate: 16_000, bitrate: 20_000, fec: false, dtx: true };
    expect(makeOffer(localOf(settings))).toContain(
      'a=fmtp:107 minptime=10;maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=20000;stereo=0;useinbandfec=0;usedtx=1\r\n',
    );
  });
});

describe('what runs', () => {
  it('is G.722 at a clock of 8000 and a sound of 16 kHz', () => {
    const { parameters } = answered(speaking('G722'), 'm=audio 4000 RTP/AVP 9');
    expect(parameters.codec).toEqual({ name: 'G722', payloadType: 9, clockRate: 8000, sampleRate: 16_000 });
  });

  it('is L16 at 16 kHz or at 8 kHz, as they offer it', () => {
    for (const rate of [16_000, 8000]) {
      const { parameters, answer } = answered(
        speaking('L16'),
        'm=audio 4000 RTP/AVP 120',
        `a=rtpmap:120 L16/${rate}`,
      );
      expect(parameters.codec).toEqual({ name: 'L16', payloadType: 120, clockRate: rate, sampleRate: rate });
      expect(answer).toContain(`a=rtpmap:120 L16/${rate}\r\n`);
    }
  });

  it.each([
    ['nothing said', '', { fec: false, dtx: false, bitrate: 32_000 }, 48_000],
    [
      'FEC and less bandwidth',
      'maxplaybackrate=16000; useinbandfec=1',
      { fec: true, dtx: false, bitrate: 32_000 },
      16_000,
    ],
    ['fewer bits', 'maxaveragebitrate=12000;stereo=1', { fec: false, dtx: false, bitrate: 12_000 }, 48_000],
    [
      'more bits than we want',
      'maxaveragebitrate=510000',
      { fec: false, dtx: false, bitrate: 32_000 },
      48_000,
    ],
    [
      'nonsense',
      'maxaveragebitrate=-3;maxplaybackrate=x;;=',
      { fec: false, dtx: false, bitrate: 32_000 },
      48_000,
    ],
  ])('is Opus as they like it: %s', (_what, fmtp, opus, sampleRate) => {
    const { codec } = settled(speaking('opus'), ...opusOffer, ...(fmtp === '' ? [] : [`a=fmtp:111 ${fmtp}`]));
    expect(codec).toEqual({ name: 'opus', payloadType: 111, clockRate: 48_000, sampleRate, opus });
  });

  it('pauses with comfort noise where both want it', () => {
    const noise = (settings: Settings, ...types: number[]) =>
      answered(settings, `m=audio 4000 RTP/AVP ${types.join(' ')}`).parameters.comfortNoisePayloadType;
    const continuous = { ...speaking('PCMU') };
    continuous.audio = { ...continuous.audio, voice_activity_detection: false };
    expect([noise(speaking('PCMU'), 0, 13), noise(speaking('PCMU'), 0), noise(continuous, 0, 13)]).toEqual([
      13,
      null,
      null,
    ]);
  });

  it('pauses in Opus only where both want it', () => {
    const settings = speaking('opus');
    settings.opus = { ...settings.opus, dtx: true };
    const dtx = (...fmtp: string[]) => settled(settings, ...opusOffer, ...fmtp).codec.opus?.dtx;
    expect([dtx(), dtx('a=fmtp:111 usedtx=1')]).toEqual([false, true]);
  });

  it('takes keys at the clock of the sound, and at 8000 where they know no other', () => {
    const [both, narrow] = ['101 102', '101'].map((types) =>
      settled(
        speaking('opus'),
        `m=audio 4000 RTP/AVP 111 ${types}`,
        'a=rtpmap:111 opus/48000/2',
        'a=rtpmap:101 telephone-event/8000',
        'a=rtpmap:102 telephone-event/48000',
      ),
    );
    expect(both).toMatchObject({ telephoneEventPayloadType: 102 });
    expect(both).not.toHaveProperty('telephoneEventClockRate');
    expect(narrow).toMatchObject({ telephoneEventPayloadType: 101, telephoneEventClockRate: 8000 });
  });

  it.each([
    ['PCMU', 60, 60],
    ['PCMU', 17, 20],
    ['G722', 30, 30],
    ['opus', 30, 20],
    ['opus', 60, 60],
    ['L16', 60, 20],
  ] as const)('sends %s in packets that it knows: %i ms wished, %i ms sent', (name, wished, sent) => {
    const offer = makeOffer(localOf(speaking(name))).replace(/a=ptime:\d+/, `a=ptime:${wished}`);
    const result = answerOffer(offer, localOf(speaking(name)));
    expect(result).toMatchObject({ ok: true, parameters: { packetTimeMs: sent } });
  });

  it('sends no longer packets than a=maxptime', () => {
    const settings = { ...speaking('PCMU'), rtp: { ...defaultSettings.rtp, packet_time: 40 as const } };
    expect(settled(settings, 'm=audio 4000 RTP/AVP 0', 'a=maxptime:30').packetTimeMs).toBe(30);
  });

  it('may be any other codec of their answer too, from one packet to the next', () => {
    const parameters = settled(speaking('PCMU', 'G722'), 'm=audio 4000 RTP/AVP 9 0');
    expect(parameters.codec.name).toBe('G722');
    expect(parameters.alternatives?.map(({ name }) => name)).toEqual(['PCMU']);
  });

  it('is nothing that is switched off', () => {
    expect(answerOffer(description(...opusOffer), localOf(speaking('PCMU')))).toEqual({
      ok: false,
      problem: 'no-common-codec',
    });
  });
});
