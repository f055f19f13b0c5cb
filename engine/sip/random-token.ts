/** Identifiers that others must not guess (RFC 3261 §8.1.1.4, §8.1.1.7, §19.3): all from the system's random source. */
import { randomBytes } from 'node:crypto';

/** Hexadecimal text of `bytes` random bytes. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** A From or To tag (RFC 3261 §19.3 asks for at least 32 bits). */
export function newTag(): string {
  return randomToken(8);
}

/** A Call-ID; without a host name, so that it tells nothing about this computer. */
export function newCallId(): string {
  return randomToken(16);
}

/** A Via branch with RFC 3261's magic cookie. */
export function newBranch(): string {
  return `z9hG4bK${randomToken(12)}`;
}

/** A number from 0 up to, not including, 1. */
export function randomFraction(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
}
