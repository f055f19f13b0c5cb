/** What the page may have of the computer: denied unless it stands here, with its reason. */
import type { Session } from 'electron';
import { isAppUrl } from './trusted-page.ts';

/** Permission → why the phone needs it. `media` is narrowed to sound below. */
export const allowedPermissions: Readonly<Record<string, string>> = {
  media: 'The microphone is the phone; never the camera.',
  notifications: 'An incoming call is told while the window is away.',
  'clipboard-sanitized-write': 'A call’s details are copied for IT, as plain text.',
  'speaker-selection': 'Ring on the speakers, talk on the headset.',
};

export interface PermissionQuestion {
  permission: string;
  /** URL or origin of the document that asks. */
  from: string;
  isMainFrame: boolean;
  /** For `media`: what is wanted; `unknown` when the system lists devices without opening one. */
  mediaTypes: readonly string[];
}

/** The one decision behind all of Electron's permission handlers. */
export function isPermitted({ permission, from, isMainFrame, mediaTypes }: PermissionQuestion): boolean {
  if (!Object.hasOwn(allowedPermissions, permission) || !isMainFrame || !isAppUrl(from)) return false;
  return permission !== 'media' || (mediaTypes.length > 0 && mediaTypes.every((type) => type === 'audio'));
}

/** Answers each way a page can ask: by request, by check, by device. */
export function setupPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const mediaTypes = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    const { requestingUrl: from, isMainFrame } = details;
    answer(isPermitted({ permission, from, isMainFrame, mediaTypes }));
  });
  session.setPermissionCheckHandler((_contents, permission, from, { isMainFrame, mediaType }) =>
    isPermitted({ permission, from, isMainFrame, mediaTypes: mediaType === undefined ? [] : [mediaType] }),
  );
  session.setDevicePermissionHandler(() => false);
}
