/** Folders of the checkout that the tests use. */
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Downloaded or made once, kept between runs, never committed. */
export const cacheFolder = fileURLToPath(new URL('../../.cache/', import.meta.url));
