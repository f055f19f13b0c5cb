/** The schema of an error. It stands apart from errors.ts so that a thread that only names errors loads no schemas. */
import * as z from 'zod';
import { errorCodes, type PhoneError } from './errors.ts';

export const phoneError = z.object({
  code: z.enum(errorCodes),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
  cure: z.string(),
}) satisfies z.ZodType<PhoneError>;
