/** What lamps show of an extension of the practice PBX: a dialog-info document (RFC 4235) with one dialog while it is busy. */
import { dialogInfoType } from '../engine/sip/dialog-info.ts';
import type { Document } from './notifier.ts';

/** `entity`: the extension's SIP address. */
export function busyLamp(entity: string, busy: boolean): Document {
  const dialog = busy ? '<dialog id="1"><state>confirmed</state></dialog>' : '';
  const namespace = 'urn:ietf:params:xml:ns:dialog-info';
  return {
    type: dialogInfoType,
    write: (version) =>
      `<?xml version="1.0"?>\n<dialog-info xmlns="${namespace}" version="${version}" state="full" entity="${entity}">${dialog}</dialog-info>\n`,
  };
}
