/**
 * Everything that can go wrong, as data: a code, its parameters and one English sentence with its cure. Shells
 * translate by code; the command line prints the sentence. Errors travel as values through the contract.
 */
type Parameters = Record<string, string | number>;
interface Wording {
  /** What happened. */
  what: (parameters: Parameters) => string;
  /** What to do about it. */
  cure: (parameters: Parameters) => string;
}

const words = {
  // Reaching the server
  'server.unreachable': {
    what: ({ server }) => `${server} does not answer.`,
    cure: () => 'Check the address, the port and that the server is running, then try again.',
  },
  'server.dns': {
    what: ({ server }) => `The name ${server} cannot be found.`,
    cure: () => 'Check the spelling of the server and that this computer is online.',
  },
  'server.refused': {
    what: ({ server, port }) => `${server} refuses connections on port ${port}.`,
    cure: () => 'Check the port and the transport: the server may listen elsewhere.',
  },
  'server.certificate': {
    what: ({ server, reason }) => `The certificate of ${server} is not trusted: ${reason}.`,
    cure: () =>
      'Trust it if its fingerprint is right, name its authority in Settings, or ask whoever runs the PBX.',
  },
  'server.connection-lost': {
    what: ({ server }) => `The connection to ${server} was lost.`,
    cure: () => 'The phone connects again by itself.',
  },
  // Registration
  'registration.password': {
    what: ({ user, server }) => `${server} does not accept the password of ${user}.`,
    cure: () => 'Type the password again, or ask whoever runs the PBX.',
  },
  'registration.no-password': {
    what: ({ user }) => `There is no password for ${user} on this computer.`,
    cure: () => 'Open Settings and type the password of this extension.',
  },
  'registration.unknown-user': {
    what: ({ user, server }) => `${server} does not know extension ${user}.`,
    cure: () => 'Check the extension, or ask whoever runs the PBX.',
  },
  'registration.refused': {
    what: ({ server, status, reason }) => `${server} refuses the registration (${status} ${reason}).`,
    cure: () => 'Ask whoever runs the PBX; the phone goes on trying.',
  },
  'registration.timeout': {
    what: ({ server }) => `${server} did not answer the registration in time.`,
    cure: () => 'Check the network; the phone goes on trying.',
  },
  // Calls
  'call.busy': { what: ({ target }) => `${target} is busy.`, cure: () => 'Try again later.' },
  'call.no-answer': { what: ({ target }) => `${target} does not answer.`, cure: () => 'Try again later.' },
  'call.declined': { what: ({ target }) => `${target} declined the call.`, cure: () => 'Try again later.' },
  'call.unknown-target': {
    what: ({ target }) => `There is no extension or number ${target}.`,
    cure: () => 'Check the number.',
  },
  'call.forbidden': {
    what: ({ target }) => `You may not call ${target} from this extension.`,
    cure: () => 'Ask whoever runs the PBX for permission.',
  },
  'call.unavailable': {
    what: ({ target }) => `${target} cannot be reached at the moment.`,
    cure: () => 'Their phone may be off. Try again later.',
  },
  'call.no-common-codec': {
    what: ({ target }) => `The phone and ${target} have no codec in common.`,
    cure: () => 'Enable PCMU or PCMA in Settings and on the PBX.',
  },
  'call.timeout': {
    what: ({ server }) => `${server} did not answer the call in time.`,
    cure: () => 'Check the network and try again.',
  },
  'call.use-proxy': {
    what: ({ target, proxy }) => `Calls to ${target} are to go through another server, ${proxy}.`,
    cure: () =>
      'The phone does not do that by itself: ask whoever runs the PBX whether it is the outbound proxy to name in Settings.',
  },
  'call.other-service': {
    what: ({ target }) => `${target} is not reached by a call like this one, but by another service.`,
    cure: () => 'Call from another phone, or ask whoever runs the PBX how it is reached.',
  },
  'call.failed': {
    what: ({ target, status, reason }) => `The call to ${target} failed (${status} ${reason}).`,
    cure: () => 'Try again, or ask whoever runs the PBX.',
  },
  'call.connection-lost': {
    what: () => 'The connection was lost during the call.',
    cure: () => 'Call again once the phone says Ready.',
  },
  'call.end-unconfirmed': {
    what: ({ server }) => `${server} has not confirmed the end of the call.`,
    cure: () => 'It may show the call as open for a while; check that the server is running.',
  },
  'call.not-found': { what: () => 'This call has already ended.', cure: () => 'Nothing needs to be done.' },
  'call.wrong-state': {
    what: ({ state }) => `That is not possible while the call is ${state}.`,
    cure: () => 'Wait until the call is connected.',
  },
  'call.no-account': {
    what: () => 'There is no extension to call from.',
    cure: () => 'Connect an extension in Settings, or use the practice line.',
  },
  'call.hold-refused': {
    what: ({ target }) => `${target} did not accept the hold.`,
    cure: () => 'The call goes on as before. Mute yourself instead.',
  },
  'call.resume-refused': {
    what: ({ target }) => `The call with ${target} could not be resumed.`,
    cure: () => 'Try again; the call is still on hold.',
  },
  'call.transfer-refused': {
    what: ({ target, status, reason }) => `The transfer to ${target} did not work (${status} ${reason}).`,
    cure: () => 'You are still connected. Try again, or talk to them first.',
  },
  'call.transfer-unsupported': {
    what: () => 'The far side cannot be transferred.',
    cure: () => 'Call the other person, then merge the two calls.',
  },
  'call.redirected': {
    what: ({ target }) => `${target} has moved.`,
    cure: () => 'Choose one of the new addresses, or hang up.',
  },
  'call.session-expired': {
    what: ({ target }) => `The connection to ${target} is gone: nothing was heard of it for too long.`,
    cure: () => 'Call again.',
  },
  'call.media-lost': {
    what: ({ target }) => `No sound comes from ${target} any more.`,
    cure: () => 'Check the network; the call ends by itself if the sound stays away.',
  },
  'lamp.refused': {
    what: ({ number, status, reason }) => `The PBX does not tell about ${number} (${status} ${reason}).`,
    cure: () => 'Ask whoever runs the PBX for a hint on that extension.',
  },
  'lamp.no-pick-up': {
    what: ({ number }) => `The call that rings at ${number} cannot be taken from here.`,
    cure: () => 'Type the pick-up code of your PBX in Settings.',
  },
  'text.refused': {
    what: ({ target, status, reason }) => `The text to ${target} was not delivered (${status} ${reason}).`,
    cure: () => 'They may not take texts. Call them instead.',
  },
  'forward.refused': {
    what: ({ code }) => `The PBX did not take ${code}.`,
    cure: () => 'Check the feature codes in Settings, or ask whoever runs the PBX.',
  },
  'call.bad-target': {
    what: ({ target }) => `"${target}" is not a number or SIP address.`,
    cure: () => 'Type a number such as 1001 or an address such as sip:anna@example.com.',
  },
  // Media
  'media.ports-used-up': {
    what: ({ port_min, port_max }) => `All RTP ports from ${port_min} to ${port_max} are in use.`,
    cure: () => 'End other calls or widen rtp.port_min to rtp.port_max in Settings.',
  },
  'media.file': {
    what: ({ file, reason }) => `The sound file ${file} cannot be used: ${reason}.`,
    cure: () => 'Play a WAV file with 16-bit PCM samples; record into a folder that exists.',
  },
  'microphone.denied': {
    what: () => 'The phone may not use the microphone.',
    cure: () => 'Allow the microphone for this app in your system settings, then call again.',
  },
  'microphone.missing': {
    what: () => 'No microphone was found.',
    cure: () => 'Plug in a headset or choose a microphone in Settings.',
  },
  'microphone.failed': {
    what: ({ reason }) => `The microphone could not be opened: ${reason}.`,
    cure: () => 'Close other programs that use it, or choose another one in Settings.',
  },
  'media.encryption-required': {
    what: ({ target }) => `${target} does not encrypt calls, and this account calls only encrypted.`,
    cure: () => 'Ask whoever runs the PBX for encrypted media, or change the account in Settings.',
  },
  'media.encryption-failed': {
    what: ({ reason }) => `The encryption of the sound could not be set up: ${reason}.`,
    cure: () => 'Call again; if it comes back, check the media encryption of this extension on the PBX.',
  },
  'media.no-path': {
    what: ({ target }) => `No way for sound to ${target} was found.`,
    cure: () => 'Check the STUN and TURN servers in Settings, or ask whoever runs the network.',
  },
  'media.turn': {
    what: ({ server, reason }) => `The TURN server ${server} cannot be used: ${reason}.`,
    cure: () => 'Check its address, user name and password in Settings.',
  },
  'recording.not-allowed': {
    what: () => 'Calls may not be recorded on this phone.',
    cure: () => 'Ask whoever looks after the phone.',
  },
  'recording.stopped': {
    what: ({ file, reason }) => `The recording ${file} has stopped: ${reason}. The call goes on.`,
    cure: () =>
      'Make room on the disk, or choose another folder of recordings in Settings; then record again.',
  },
  // DTMF
  'dtmf.bad-digit': {
    what: ({ digits }) => `"${digits}" holds something that is not a key.`,
    cure: () => 'Use 0 to 9, *, # and A to D.',
  },
  // This computer
  'settings.invalid': {
    what: ({ problem }) => `The settings are not valid: ${problem}.`,
    cure: () => 'Correct the named key; the last good settings stay in force.',
  },
  'settings.locked': {
    what: () => 'Another Sidetone is writing the settings.',
    cure: () => 'Close the other one, or try again in a moment.',
  },
  'practice.failed': {
    what: ({ reason }) => `The practice line could not start: ${reason}.`,
    cure: () => 'Connect your own extension, or start the phone again.',
  },
  'engine.stopped': {
    what: () => 'The part of the phone that makes calls has stopped.',
    cure: () => 'It starts again by itself; calls that were open are lost.',
  },
  // The contract itself
  'request.invalid': {
    what: ({ problem }) => `That request is not valid: ${problem}.`,
    cure: () => 'This is a fault of the program; please report it.',
  },
  'request.denied': {
    what: () => 'This window may not control the phone.',
    cure: () => 'Open the phone again from its own address.',
  },
  internal: {
    what: ({ reason }) => `Something went wrong: ${reason}.`,
    cure: () => 'Try again; if it comes back, send the log to whoever looks after the phone.',
  },
} satisfies Record<string, Wording>;

export type ErrorCode = keyof typeof words;
export const errorCodes = Object.keys(words) as [ErrorCode, ...ErrorCode[]];

/** An error as it travels: code and parameters for translation, and the English words. Its schema is `phoneError`. */
export interface PhoneError {
  code: ErrorCode;
  parameters: Parameters;
  /** What happened, one sentence. */
  message: string;
  /** What to do, one sentence. */
  cure: string;
}

/** Makes an error value; the sentences are filled from the parameters. Never pass a secret as a parameter. */
export function makeError(code: ErrorCode, parameters: Parameters = {}): PhoneError {
  const wording: Wording = words[code];
  return { code, parameters, message: wording.what(parameters), cure: wording.cure(parameters) };
}

/** The throwable form, used where a request handler must refuse. */
export class PhoneFailure extends Error {
  readonly error: PhoneError;
  constructor(code: ErrorCode, parameters: Parameters = {}) {
    const error = makeError(code, parameters);
    super(`${error.message} ${error.cure}`);
    this.name = 'PhoneFailure';
    this.error = error;
  }
}

/** Whatever was thrown, as a value that can travel; unknown errors become `internal` with their message. */
export function toPhoneError(thrown: unknown): PhoneError {
  if (thrown instanceof PhoneFailure) return thrown.error;
  return makeError('internal', { reason: thrown instanceof Error ? thrown.message : String(thrown) });
}
