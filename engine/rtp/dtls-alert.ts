/** Alerts (RFC 5246 §7.2): two octets, how grave it is and what it is about. */
const fatalLevel = 2;

/** Those that this phone sends. */
export const alertDescriptions = { unexpectedMessage: 10, handshakeFailure: 40, badCertificate: 42 } as const;

/** Why a handshake ends: in words for this side, and what the far side is told. */
export interface Refusal {
  reason: string;
  alert: number;
}

export const refusal = (
  reason: string,
  alert: keyof typeof alertDescriptions = 'handshakeFailure',
): Refusal => ({ reason, alert: alertDescriptions[alert] });

export const writeFatalAlert = (description: number): Buffer => Buffer.from([fatalLevel, description]);

/** The description of a fatal alert; undefined for a warning, and for what is none. */
export function readFatalAlert(fragment: Buffer): number | undefined {
  const [level, description] = fragment;
  return level === fatalLevel ? description : undefined;
}
