/** What the tool's exit status means; scripts rely on these numbers. */
export const exitStatus = {
  success: 0,
  internal: 1,
  usage: 2,
  registrationFailed: 3,
  callFailed: 4,
  interrupted: 130,
} as const;

/** Wrong words on the command line: printed with a hint at `--help`, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
