/** What is wrong with a document, in words. */
import type { z } from 'zod';

/** Zod's issues as one line of `key: problem`, without the values (they may be secret). */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`).join('; ');
}
