/** The end of every exhaustive switch: the compiler refuses a forgotten case, and a value that lies about its type throws. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
