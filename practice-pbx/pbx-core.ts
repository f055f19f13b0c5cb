/** The engine's SIP core as a server: it takes REGISTER too, and requests for any user of its address. */
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type {
  OutgoingInviteRequest,
  OutgoingInviteRequestDelegate,
} from 'sip.js/lib/core/messages/methods/invite.js';
import type { IncomingSubscribeRequest } from 'sip.js/lib/core/messages/methods/subscribe.js';
import type { UserAgentCoreDelegate } from 'sip.js/lib/core/user-agent-core/user-agent-core-delegate.js';
import { SubscribeUserAgentServer } from 'sip.js/lib/core/user-agents/subscribe-user-agent-server.js';
import { URI } from 'sip.js/lib/grammar/uri.js';
import type { Logger } from '../engine/log.ts';
import { Credentials } from '../engine/sip/credentials.ts';
import { SipCore } from '../engine/sip/sip-core.ts';
import type { SipTransport } from '../engine/sip/transport/transport.ts';
import { sdpBody } from './conversation.ts';

const serviceUser = 'practice';

export interface PbxCall {
  operator: URI;
  /** Shown by the phone that rings. */
  name: string;
  callee: URI;
  /** The contact of the phone. */
  requestUri: URI;
  offer: string;
  delegate: OutgoingInviteRequestDelegate;
}

export class PbxCore extends SipCore {
  readonly #unsubscribe: () => void;

  /** `transport` is connected. */
  constructor(options: { transport: SipTransport; delegate: UserAgentCoreDelegate; log: Logger }) {
    const { transport, delegate, log } = options;
    const { address, port } = transport.local;
    const contactUri = new URI('sip', serviceUser, address, port);
    super({
      aor: new URI('sip', serviceUser, address, port),
      contact: {
        pubGruu: undefined,
        tempGruu: undefined,
        uri: contactUri,
        toString: () => `<${contactUri.toString()}>`,
      },
      displayName: '',
      userAgentName: 'Sidetone practice PBX',
      forceRport: false,
      transport,
      credentials: new Credentials(serviceUser),
      delegate,
      log,
      methods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'INFO', 'REFER', 'REGISTER', 'SUBSCRIBE'],
      tags: [],
    });
    this.#unsubscribe = transport.on('message', (text, source) => {
      // The socket is bound to loopback; a source that is not would be forged.
      if (source.address.startsWith('127.')) this.receive(text);
    });
  }

  /** sip.js takes requests for one user only (its address of record); a PBX takes them for all and answers 404 itself. */
  override receiveIncomingRequestFromTransport(message: IncomingRequestMessage): void {
    this.configuration.aor.user = message.ruri?.user;
    // sip.js keeps no dialog for subscriptions that others have here.
    const again =
      message.method === 'SUBSCRIBE' && message.toTag && !this.userAgentServers.has(message.viaBranch);
    if (again)
      this.delegate.onSubscribe?.(new SubscribeUserAgentServer(this, message) as IncomingSubscribeRequest);
    else super.receiveIncomingRequestFromTransport(message);
  }

  /** Rings a phone. */
  callFrom({ operator, name, callee, requestUri, offer, delegate }: PbxCall): OutgoingInviteRequest {
    const message = this.makeOutgoingRequestMessage(
      'INVITE',
      requestUri,
      operator,
      callee,
      { fromDisplayName: name },
      [`Contact: ${this.configuration.contact.toString()}`],
      sdpBody(offer),
    );
    return this.invite(message, delegate);
  }

  override dispose(): void {
    this.#unsubscribe();
    super.dispose();
  }
}
