/** Imported first by whatever runs a phone, so that it is in force while the rest loads. */
import { keepYoungGenerationSmall } from './young-generation.ts';

keepYoungGenerationSmall();
