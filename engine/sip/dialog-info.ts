/**
 * The dialogs of somebody else's phone (RFC 4235): `application/dialog-info+xml` documents, the table that they keep, and what a
 * lamp shows of it.
 *
 *   <dialog-info version="0" state="full" entity="sip:102@pbx">
 *     <dialog id="1" call-id="a" local-tag="b" remote-tag="c" direction="recipient">
 *       <state>early</state>
 *       <remote><identity display="Anna">sip:101@pbx</identity><target uri="sip:101@10.0.0.7"/></remote>
 *     </dialog>
 *   </dialog-info>
 */
import type { Lamp, Party } from '../../contract/snapshot.ts';
import type { Result } from '../result.ts';
import { bad, good } from '../result.ts';
import { partyOfUri } from './party.ts';
import type { Replaces } from './replaces.ts';
import { childOf, parseXml } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

export const dialogInfoType = 'application/dialog-info+xml';

const dialogStates = ['trying', 'proceeding', 'early', 'confirmed', 'terminated'] as const;

export interface WatchedDialog {
  /** Of the dialog within the documents of one subscription (§4.1.1). */
  id: string;
  state: (typeof dialogStates)[number];
  /** The watched phone was called; it did not call. */
  incoming: boolean;
  /** Does not render the other's sound (`+sip.rendering="no"`, §4.1.4.2). */
  held: boolean;
  /** Who is at the other end, where the PBX tells. */
  remote: Party | null;
  /** Where the other end's own phone is reached; empty when unknown. */
  remoteTarget: string;
  /** The dialog as the watched phone sees it; empty when the PBX does not tell. */
  callId: string;
  localTag: string;
  remoteTag: string;
}

export interface DialogInfo {
  version: number;
  /** All dialogs; else only those that changed. */
  full: boolean;
  dialogs: WatchedDialog[];
}

/** What is known of somebody's dialogs; `version` undefined before the first document. */
export interface DialogTable {
  version: number | undefined;
  dialogs: ReadonlyMap<string, WatchedDialog>;
}

export const emptyDialogTable: DialogTable = { version: undefined, dialogs: new Map() };

/** More dialogs than that has nobody; further ones of a document are not read. */
const mostDialogs = 64;

/** Reads a document from untrusted text. */
export function parseDialogInfo(body: string): Result<DialogInfo, 'not XML' | 'not dialog-info'> {
  const document = parseXml(body);
  if (!document.ok) return bad('not XML');
  const { name, attributes, children } = document.value;
  const version = attributes['version'] ?? '';
  if (name !== 'dialog-info' || !/^\d{1,10}$/.test(version)) return bad('not dialog-info');
  const dialogs = children
    .filter((child) => child.name === 'dialog')
    .slice(0, mostDialogs)
    .flatMap((child) => dialogOf(child) ?? []);
  return good({ version: Number(version), full: attributes['state'] !== 'partial', dialogs });
}

function dialogOf(element: XmlElement): WatchedDialog | undefined {
  const { attributes } = element;
  const word = childOf(element, 'state')?.text.toLowerCase();
  const state = dialogStates.find((each) => each === word);
  const id = attributes['id'];
  if (state === undefined || id === undefined) return undefined;
  const remote = childOf(element, 'remote');
  const target = childOf(remote, 'target')?.attributes['uri'] ?? '';
  const identity = childOf(remote, 'identity');
  const uri = identity?.text ?? target;
  const rendering = childOf(childOf(element, 'local'), 'target')?.children.find(
    (child) => child.name === 'param' && child.attributes['pname'] === '+sip.rendering',
  );
  return {
    id,
    state,
    incoming: attributes['direction'] !== 'initiator',
    held: rendering?.attributes['pvalue'] === 'no' || rendering?.attributes['pval'] === 'no',
    remote: uri === '' ? null : partyOfUri(uri, identity?.attributes['display']),
    remoteTarget: target,
    callId: attributes['call-id'] ?? '',
    localTag: attributes['local-tag'] ?? '',
    remoteTag: attributes['remote-tag'] ?? '',
  };
}

/**
 * A document's effect on the table (§4.3). `gap`: documents in between were lost, so that the whole state has to be asked for. A
 * full document is believed whatever its version: what was overtaken on the way has been turned away by its CSeq, and there are
 * PBXs that never count.
 */
export function applyDialogInfo(table: DialogTable, info: DialogInfo): { table: DialogTable; gap: boolean } {
  const { version, full } = info;
  if (!full && table.version !== undefined && version <= table.version) return { table, gap: false };
  const dialogs = new Map(full ? [] : table.dialogs);
  for (const dialog of info.dialogs) {
    if (dialog.state === 'terminated') dialogs.delete(dialog.id);
    else if (dialogs.has(dialog.id) || dialogs.size < mostDialogs) dialogs.set(dialog.id, dialog);
  }
  const gap = !full && (table.version === undefined || version > table.version + 1);
  return { table: { version, dialogs }, gap };
}

/** The dialog that a lamp is about: a call that rings comes first, since it can be picked up; then talking, then held ones. */
export function leadingDialog(table: DialogTable): WatchedDialog | undefined {
  const order = ['ringing', 'busy', 'held'] as const;
  return [...table.dialogs.values()].toSorted(
    (one, other) => order.indexOf(dialogState(one)) - order.indexOf(dialogState(other)),
  )[0];
}

/** What a lamp shows for one dialog. */
export function dialogState(dialog: WatchedDialog): Exclude<Lamp['state'], 'unknown' | 'idle'> {
  if (dialog.state === 'confirmed') return dialog.held ? 'held' : 'busy';
  return dialog.incoming ? 'ringing' : 'busy';
}

/** A dialog as Replaces names it (RFC 3891 §6.1), and the address to send the INVITE to. */
export interface ReplaceableDialog {
  replaces: Replaces;
  target: string;
}

/** What picks a ringing call up at its caller; undefined when the PBX does not name the dialog. */
export function replaceableDialog(dialog: WatchedDialog): ReplaceableDialog | undefined {
  const { callId, localTag, remoteTag, remote, remoteTarget } = dialog;
  const target = remoteTarget === '' ? (remote?.uri ?? '') : remoteTarget;
  const token = /^[\w.!%*+`'~-]{1,128}$/;
  const readable = /^[^\s;,=]{1,256}$/.test(callId) && token.test(localTag) && token.test(remoteTag);
  if (!readable || !/^sips?:/i.test(target)) return undefined;
  // The tags are named as the receiver of the INVITE sees them: its own is the watched phone's remote one.
  return { replaces: { callId, toTag: remoteTag, fromTag: localTag, earlyOnly: true }, target };
}
