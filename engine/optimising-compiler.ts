/**
 * What V8's optimising compiler may take. Its working memory grows with the function that it compiles, and the system's allocator keeps
 * it for as long as the process runs: the grammar of SIP messages, which its generator wrote as one huge function, would cost 10 MB where
 * headers often come in unusual forms (sip/plain-grammar.ts reads the others). That function stays as the quick first compiler leaves it.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode: above everything that is written by hand here, below that grammar. */
const largestFunction = 6_000;

/** The flag is the whole process's, threads included. */
export function leaveHugeFunctions(): void {
  setFlagsFromString(`--max-optimized-bytecode-size=${largestFunction}`);
}
