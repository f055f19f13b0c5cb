/**
 * A phone for these tests: the engine's SIP core and audio session over real UDP, with every frame in the test's hands.
 */
import type {
  IncomingInviteRequest,
  OutgoingInviteRequest,
} from 'sip.js/lib/core/messages/methods/invite.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import { URI } from 'sip.js/lib/grammar/uri.js';
import { defaultSettings } from '../../../contract/settings.ts';
import { Secret } from '../../../contract/secret.ts';
import { silentLogger } from '../../../engine/log.ts';
import { AudioSession } from '../../../engine/media/audio-session.ts';
import { Credentials } from '../../../engine/sip/credentials.ts';
import { answerOffer, makeOffer, readAnswer } from '../../../engine/sip/sdp/offer-answer.ts';
import { SipCore } from '../../../engine/sip/sip-core.ts';
import { createTransport } from '../../../engine/sip/transport/create-transport.ts';

const address = '127.0.0.1';
export const frameSamples = 160;

/** What a call's end heard and says. */
export class Sound {
  readonly heard: number[] = [];
  #saying: Int16Array = new Int16Array(0);
  #at = 0;

  say(samples: Int16Array): void {
    this.#saying = samples;
    this.#at = 0;
  }
  read(into: Int16Array): void {
    into.fill(0);
    into.set(this.#saying.subarray(this.#at, this.#at + into.length));
    this.#at += into.length;
  }
  write(frame: Int16Array): void {
    for (const sample of frame) this.heard.push(sample);
  }
  /** RMS of what was heard in the last `ms`. */
  rmsOfLast(ms: number): number {
    const last = this.heard.slice(-ms * 8);
    return Math.sqrt(last.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, last.length));
  }
}

export interface PhoneCall {
  sound: Sound;
  audio: AudioSession;
  /** Settles with 200, or the status that refused the call. */
  answered: Promise<number>;
  /** Settles when the other side hangs up. */
  ended: Promise<void>;
  /** Presses keys by RFC 4733, 100 ms each. */
  press(keys: string): void;
  /** Presses one key by SIP INFO; gives the status. */
  info(key: string): Promise<number>;
  /** Re-INVITE: the call goes on in this direction, as we see it; gives the status. */
  change(direction: 'sendrecv' | 'inactive'): Promise<number>;
  hangUp(): Promise<void>;
  cancel(): void;
  readonly statuses: number[];
  /** The last 2xx. */
  readonly identity: string;
}

export interface TestPhone {
  register(expires?: number): Promise<number>;
  call(number: string): Promise<PhoneCall>;
  /** The next incoming call; `answer` takes it. */
  nextCall(): Promise<{ from: string; answer: () => Promise<PhoneCall>; request: IncomingInviteRequest }>;
  /** Sends a message as it is. */
  sendRaw(text: string): Promise<void>;
  close(): Promise<void>;
}

export async function openTestPhone(pbxPort: number, password: string, user = '1000'): Promise<TestPhone> {
  const transport = createTransport({
    protocol: 'UDP',
    nextHop: { kind: 'server', host: address, port: pbxPort },
    localAddress: address,
    keepaliveSeconds: 0,
    log: silentLogger,
  });
  await transport.connect();
  const credentials = new Credentials(user);
  credentials.setPassword(new Secret(password));
  const waiting: ((call: Awaited<ReturnType<TestPhone['nextCall']>>) => void)[] = [];
  const contactUri = new URI('sip', user, transport.local.address, transport.local.port);
  const contact = {
    pubGruu: undefined,
    tempGruu: undefined,
    uri: contactUri,
    toString: () => `<${contactUri.toString()}>`,
  };
  const aor = new URI('sip', user, address, pbxPort);
  const sessions = new Set<AudioSession>();

  const openAudio = async (sound: Sound) => {
    const audio = await AudioSession.open({
      localAddress: address,
      portMin: 30_000,
      portMax: 31_999,
      source: sound,
      sink: sound,
    });
    sessions.add(audio);
    return audio;
  };
  const describe = (port: number) => ({
    sessionId: '1',
    version: 1,
    address,
    port,
    settings: defaultSettings,
    direction: 'sendrecv' as const,
  });

  function makeCall(sound: Sound, audio: AudioSession) {
    let session: Session | undefined;
    let request: OutgoingInviteRequest | undefined;
    let settleAnswered: (status: number) => void = () => undefined;
    let settleEnded: () => void = () => undefined;
    const state = { identity: '', version: 1 };
    const statuses: number[] = [];
    const call: PhoneCall = {
      sound,
      audio,
      statuses,
      get identity() {
        return state.identity;
      },
      answered: new Promise((resolve) => (settleAnswered = resolve)),
      ended: new Promise((resolve) => (settleEnded = resolve)),
      press: (keys) => audio.sendDigits(keys, { durationMs: 100, gapMs: 80 }),
      info: (key) =>
        new Promise((resolve) => {
          session?.info(
            {
              onAccept: ({ message }) => resolve(message.statusCode ?? 0),
              onReject: ({ message }) => resolve(message.statusCode ?? 0),
            },
            {
              body: {
                contentDisposition: 'render',
                contentType: 'application/dtmf-relay',
                content: `Signal=${key}\r\nDuration=160\r\n`,
              },
            },
          );
        }),
      change: (direction) =>
        new Promise((resolve) => {
          const local = { ...describe(audio.localPort), version: (state.version += 1), direction };
          session?.invite(
            {
              onAccept: ({ message, ack }) => {
                ack();
                if (!message.hasHeader('contact')) throw new Error('a 2xx without Contact');
                const read = readAnswer(message.body, local);
                if (read.ok) audio.start(read.parameters);
                resolve(message.statusCode ?? 0);
              },
              onReject: ({ message }) => resolve(message.statusCode ?? 0),
            },
            {
              extraHeaders: [`Contact: ${contact.toString()}`],
              body: {
                contentDisposition: 'session',
                contentType: 'application/sdp',
                content: makeOffer(local),
              },
            },
          );
        }),
      hangUp: async () => {
        await new Promise<void>((resolve) => {
          if (session === undefined) resolve();
          else session.bye({ onAccept: () => resolve(), onReject: () => resolve() });
        });
        await audio.close();
      },
      cancel: () => request?.cancel(),
    };
    return {
      call,
      state,
      connected(made: Session) {
        session = made;
        made.delegate = {
          onBye: (bye) => {
            bye.accept();
            void audio.close().then(() => settleEnded());
          },
        };
        settleAnswered(200);
      },
      refused: (status: number) => settleAnswered(status),
      requested: (made: OutgoingInviteRequest) => (request = made),
    };
  }

  const core: SipCore = new SipCore({
    aor,
    contact,
    displayName: 'Practice',
    userAgentName: 'test phone',
    forceRport: true,
    transport,
    credentials,
    log: silentLogger,
    delegate: {
      onInvite: (request) => {
        const taker = waiting.shift();
        if (taker === undefined) {
          request.reject({ statusCode: 486 });
          return;
        }
        request.progress({ statusCode: 180 });
        taker({
          from: `${request.message.from.displayName} <${request.message.from.uri.user ?? ''}>`,
          request,
          answer: async () => {
            const sound = new Sound();
            const audio = await openAudio(sound);
            const { call, connected } = makeCall(sound, audio);
            const answered = answerOffer(request.message.body, describe(audio.localPort));
            if (!answered.ok) throw new Error(answered.problem);
            const { session } = request.accept({
              statusCode: 200,
              body: {
                contentDisposition: 'session',
                contentType: 'application/sdp',
                content: answered.answer,
              },
            });
            connected(session);
            audio.start(answered.parameters);
            return call;
          },
        });
      },
    },
  });
  transport.on('message', (text) => core.receive(text));

  return {
    register: (expires = 60) =>
      new Promise((resolve) => {
        const message = core.makeOutgoingRequestMessage(
          'REGISTER',
          new URI('sip', '', address, pbxPort),
          aor,
          aor,
          {},
          [`Contact: ${contact.toString()};expires=${expires}`],
        );
        core.register(message, {
          onAccept: ({ message: response }) => resolve(response.statusCode ?? 0),
          onReject: ({ message: response }) => resolve(response.statusCode ?? 0),
        });
      }),
    async call(number) {
      const sound = new Sound();
      const audio = await openAudio(sound);
      const target = new URI('sip', number, address, pbxPort);
      const local = describe(audio.localPort);
      const made = makeCall(sound, audio);
      const message = core.makeOutgoingRequestMessage(
        'INVITE',
        target,
        aor,
        target,
        {},
        [`Contact: ${contact.toString()}`],
        { contentDisposition: 'session', contentType: 'application/sdp', content: makeOffer(local) },
      );
      const request = core.invite(message, {
        onProgress: ({ message: response }) => made.call.statuses.push(response.statusCode ?? 0),
        onAccept: ({ message: response, session, ack }) => {
          ack();
          made.state.identity = response.getHeader('P-Asserted-Identity') ?? '';
          const read = readAnswer(response.body, local);
          if (!read.ok) throw new Error(read.problem);
          audio.start(read.parameters);
          made.connected(session);
        },
        onReject: ({ message: response }) => made.refused(response.statusCode ?? 0),
      });
      made.requested(request);
      return made.call;
    },
    nextCall: () => new Promise((resolve) => waiting.push(resolve)),
    sendRaw: (text) => transport.send(text),
    async close() {
      for (const audio of sessions) await audio.close();
      core.dispose();
      await transport.close();
    },
  };
}
