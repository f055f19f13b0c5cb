/** First of all imports: the content security policy allows no code made from text, so the schema library shall not try. */
import { config } from 'zod';

config({ jitless: true });
