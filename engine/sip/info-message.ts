/** What an INFO brings (RFC 6086), with an Info Package or in the old way without one, and how it is answered. */
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingInfoRequest } from 'sip.js/lib/core/messages/methods/info.js';
import { withoutParameters } from './header-values.ts';

/** Candidates that follow a description (RFC 8840 §10). It is also the option tag's name. */
export const tricklePackage = 'trickle-ice';

export interface InfoMessage {
  /** Its Info-Package in small letters; empty in the old way. */
  package: string;
  type: string;
  body: string;
}

/** 469: another package (RFC 6086 §4.2.2). 415: another type. 400: its body cannot be read. */
export interface InfoReply {
  status: 200 | 400 | 415 | 469;
}

/** What this phone takes, for the answers that say so. */
export interface InfoTaken {
  packages: readonly string[];
  bodies: readonly string[];
}

function readInfo(message: IncomingRequestMessage): InfoMessage {
  const name = withoutParameters(message.getHeader('Info-Package'));
  return { package: name, type: message.getHeader('Content-Type') ?? '', body: message.body };
}

/** Recv-Info as our messages say it; empty for a phone that takes no package. */
export function receivedPackages(packages: readonly string[]): string[] {
  return packages.length === 0 ? [] : [`Recv-Info: ${packages.join(', ')}`];
}

/** Answers an INFO as `take` says. One without body or package only asks whether the dialog is there (RFC 2976 §2.2). */
export function answerInfo(
  request: IncomingInfoRequest,
  take: (info: InfoMessage) => InfoReply,
  { packages, bodies }: InfoTaken,
): void {
  const info = readInfo(request.message);
  if (info.package === '' && info.body === '') return void request.accept();
  const { status } = take(info);
  if (status === 200) return void request.accept();
  const means = {
    400: [],
    415: [`Accept: ${bodies.join(', ')}`],
    469: [`Recv-Info: ${packages.join(', ')}`],
  };
  request.reject({ statusCode: status, extraHeaders: means[status] });
}
