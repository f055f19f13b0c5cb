/**
 * Where the phone keeps things on this computer, by the habits of each system (env-paths): settings apart from data, and
 * the resources that came with the program. `SIDETONE_HOME` puts everything under one folder (portable use, tests).
 */
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

export interface Folders {
  /** Settings; small, worth a backup. */
  config: string;
  /** Call log, practice PBX. */
  data: string;
  /** Recordings of calls, unless the settings name another folder. */
  recordings: string;
  /** Prompts, tones and icons of the program itself; read only. */
  resources: string;
}

/** Sources lie in `host/`, bundles in `dist/<shell>/`: the resources are beside either. */
const programResources = join(import.meta.dirname, '../resources');

/** The folders for this environment. Nothing is created here. */
export function folders(environment: NodeJS.ProcessEnv = process.env): Folders {
  const home = environment['SIDETONE_HOME'];
  if (home !== undefined && home !== '') {
    const root = resolve(home);
    return placed(join(root, 'config'), join(root, 'data'));
  }
  const { config, data } = envPaths('Sidetone', { suffix: '' });
  return placed(config, data);
}

function placed(config: string, data: string): Folders {
  return { config, data, recordings: join(data, 'recordings'), resources: programResources };
}
