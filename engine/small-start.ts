/** Imported first by whatever runs a phone, so that it is in force while the rest loads. */
import { leaveHugeFunctions } from './optimising-compiler.ts';
import { collectAfterStart } from './old-garbage.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';

keepYoungGenerationSmall();
leaveHugeFunctions();
collectAfterStart();
