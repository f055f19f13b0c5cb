/**
 * A live check of what an account form says, field by field, without saving or registering anything: the server is looked up and
 * connected to, and asked for the extension's registrations (a REGISTER without Contact, RFC 3261 §10.2.3, changes none), which proves
 * user and password.
 */
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { toPhoneError, type PhoneError } from '../contract/errors.ts';
import type { RequestOutput } from '../contract/phone.ts';
import type { Secret } from '../contract/secret.ts';
import type { AccountSettings } from '../contract/settings.ts';
import { accountTransport, checkAccount, domainOf, nextHopOf } from './account-transport.ts';
import type { Logger } from './log.ts';
import { addressOfRecord } from './sip/address-of-record.ts';
import { Credentials } from './sip/credentials.ts';
import { isOwn } from './sip/message-guard.ts';
import { OwnContact } from './sip/own-contact.ts';
import { SipCore } from './sip/sip-core.ts';
import { createTransport } from './sip/transport/create-transport.ts';
import type { SipTransport } from './sip/transport/transport.ts';

type AccountCheck = RequestOutput<'account.check'>;
type FieldCheck = AccountCheck['server'];

/** A person looks at the form meanwhile. */
const connectWithinMs = 4_000;
const answerWithinMs = 4_000;
const wholeMs = 6_000;

const unknown: FieldCheck = { state: 'unknown', sentence: '' };
const good = (sentence: string): FieldCheck => ({ state: 'good', sentence });
const bad = (sentence: string): FieldCheck => ({ state: 'bad', sentence });
const nothingKnown: AccountCheck = {
  ...{ server: unknown, transport: unknown, user: unknown, password: unknown },
  certificate: null,
};

/** How the registrar answered: its status, or why there is no answer. */
type RegistrarAnswer =
  | { kind: 'status'; status: number; reason: string }
  | { kind: 'silent' }
  | { kind: 'refused'; error: PhoneError };

/** Takes 6 s at most; never rejects. */
export async function checkAccountForm(
  account: AccountSettings,
  password: Secret | undefined,
  log: Logger,
): Promise<AccountCheck> {
  let transport: SipTransport;
  try {
    checkAccount(account);
    transport = createTransport({ ...accountTransport(account), keepaliveSeconds: 0, log });
  } catch (thrown) {
    return { ...nothingKnown, server: bad(sentenceOf(thrown)) };
  }
  try {
    const startedMs = performance.now();
    const unreached = await within(connectWithinMs, connectionFault(transport));
    if (unreached === 'late') return { ...nothingKnown, server: bad(`${account.server} does not answer.`) };
    if (unreached !== null) return unreachedCheck(unreached, transport);
    const leftMs = Math.min(answerWithinMs, wholeMs - (performance.now() - startedMs));
    const answer = await within(leftMs, askRegistrar(account, password, transport, log));
    return answeredCheck(answer === 'late' ? { kind: 'silent' } : answer, account, password, transport);
  } finally {
    await transport.close();
  }
}

const sentenceOf = (thrown: unknown) => toPhoneError(thrown).message;

async function within<T>(limitMs: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), limitMs)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Connects; the fault that kept it from that, else null. */
async function connectionFault(transport: SipTransport): Promise<PhoneError | null> {
  try {
    await transport.connect();
    return null;
  } catch (thrown) {
    return toPhoneError(thrown);
  }
}

function unreachedCheck(error: PhoneError, { certificate }: SipTransport): AccountCheck {
  switch (error.code) {
    case 'server.refused':
      return { ...nothingKnown, server: good('The server was found.'), transport: bad(error.message) };
    case 'server.certificate':
      return {
        ...nothingKnown,
        server: good('The server was found.'),
        transport: bad(error.message),
        certificate,
      };
    default:
      return { ...nothingKnown, server: bad(error.message) };
  }
}

/** Asks which phones are registered, and answers the challenge that comes of it. Never rejects. */
function askRegistrar(
  account: AccountSettings,
  password: Secret | undefined,
  transport: SipTransport,
  log: Logger,
): Promise<RegistrarAnswer> {
  const credentials = new Credentials(account.auth_user === '' ? account.user : account.auth_user);
  credentials.setPassword(password);
  const aor = addressOfRecord(account.user, domainOf(account));
  const registrar = Grammar.URIParse(`sip:${domainOf(account)}`) ?? aor;
  const core = new SipCore({
    aor,
    contact: new OwnContact(aor, () => ''),
    displayName: '',
    userAgentName: 'Sidetone',
    forceRport: true,
    transport,
    credentials,
    route: nextHopOf(account).route,
    delegate: {},
    log,
  });
  transport.on('message', (text) => core.receive(text));
  return new Promise((resolve) => {
    transport.on('disconnected', (error) => resolve({ kind: 'refused', error }));
    core.register(core.makeOutgoingRequestMessage('REGISTER', registrar, aor, aor, {}), {
      onAccept: () => resolve({ kind: 'status', status: 200, reason: 'OK' }),
      onReject: ({ message }) => {
        if (isOwn(message)) return resolve({ kind: 'silent' });
        resolve({ kind: 'status', status: message.statusCode ?? 0, reason: message.reasonPhrase ?? '' });
      },
    });
  });
}

function answeredCheck(
  answer: RegistrarAnswer,
  { user, server }: AccountSettings,
  password: Secret | undefined,
  transport: SipTransport,
): AccountCheck {
  const { protocol } = transport;
  if (answer.kind !== 'status') {
    const sentence =
      answer.kind === 'refused' ? answer.error.message : `${server} does not answer over ${protocol}.`;
    return { ...nothingKnown, server: good('The server was found.'), transport: bad(sentence) };
  }
  const secure = protocol === 'TLS' || protocol === 'WSS';
  const reached: AccountCheck = {
    ...nothingKnown,
    server: good(`${server} answers.`),
    transport: good(secure ? `${protocol}, encrypted.` : `${protocol}.`),
  };
  const { status, reason } = answer;
  switch (status) {
    case 200:
      return {
        ...reached,
        user: good(`${server} knows ${user}.`),
        password: good(password === undefined ? 'No password is needed.' : 'The password is right.'),
      };
    case 401:
    case 407:
      return {
        ...reached,
        password: bad(
          password === undefined
            ? `${server} asks for a password.`
            : `${server} does not accept this password for ${user}.`,
        ),
      };
    case 404:
    case 410:
    case 604:
      return { ...reached, user: bad(`${server} does not know extension ${user}.`) };
    case 403:
      return {
        ...reached,
        password: bad(`${server} refuses ${user} (403 ${reason}): extension or password.`),
      };
    default:
      return { ...reached, user: { state: 'unknown', sentence: `${server} says ${status} ${reason}.` } };
  }
}
