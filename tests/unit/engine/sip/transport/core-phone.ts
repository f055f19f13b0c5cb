/** A user agent of sip.js's core on one of our transports, as small as the tests need. */
import { URI } from 'sip.js/lib/grammar/uri.js';
import type { Body } from 'sip.js/lib/core/messages/body.js';
import { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { LoggerFactory } from 'sip.js/lib/core/log/logger-factory.js';
import { UserAgentCore } from 'sip.js/lib/core/user-agent-core/user-agent-core.js';
import type { UserAgentCoreDelegate } from 'sip.js/lib/core/user-agent-core/user-agent-core-delegate.js';
import type { SipTransport } from '../../../../../engine/sip/transport/transport.ts';
import { viaPlaceholder } from '../../../../../engine/sip/transport/via.ts';

export interface CorePhone {
  core: UserAgentCore;
  /** Start lines of the messages that reached it, in order. */
  heard: string[];
  uri(user: string): URI;
}

export const offer: Body = {
  contentDisposition: 'session',
  contentType: 'application/sdp',
  content: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n',
};

export function createCorePhone(
  transport: SipTransport,
  user: string,
  delegate: UserAgentCoreDelegate,
): CorePhone {
  const loggerFactory = new LoggerFactory();
  loggerFactory.builtinEnabled = false;
  const uri = (name: string) => new URI('sip', name, 'example.test');
  const contactUri = new URI('sip', user, transport.local.address, transport.local.port);
  const core = new UserAgentCore(
    {
      aor: uri(user),
      contact: {
        pubGruu: undefined,
        tempGruu: undefined,
        uri: contactUri,
        toString: () => `<${contactUri.toString()}>`,
      },
      displayName: '',
      loggerFactory,
      hackViaTcp: false,
      routeSet: [],
      sipjsId: user,
      supportedOptionTags: [],
      supportedOptionTagsResponse: [],
      userAgentHeaderFieldValue: 'test',
      viaForceRport: true,
      viaHost: viaPlaceholder,
      authenticationFactory: () => undefined,
      transportAccessor: () => transport,
    },
    delegate,
  );
  const heard: string[] = [];
  const logger = loggerFactory.getLogger('test');
  transport.on('message', (text) => {
    heard.push(text.slice(0, text.indexOf('\r\n')));
    const message = Parser.parseMessage(text, logger);
    if (message instanceof IncomingRequestMessage) core.receiveIncomingRequestFromTransport(message);
    else if (message instanceof IncomingResponseMessage) core.receiveIncomingResponseFromTransport(message);
  });
  return { core, heard, uri };
}
