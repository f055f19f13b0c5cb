/** The outcome of reading something that others wrote: bad input is a value, never a throw. */
export type Result<T, Problem extends string> = { ok: true; value: T } | { ok: false; problem: Problem };

export const good = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
export const bad = <Problem extends string>(problem: Problem): { ok: false; problem: Problem } => ({
  ok: false,
  problem,
});
