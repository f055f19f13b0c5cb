/** A script that listens in a process of its own, so that its memory and its processor time are not those of whom it listens to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ListeningProcess {
  /** As the script printed them, in one line. */
  ports: number[];
  /** Ends it by the end of its standard input. */
  close(): Promise<void>;
}

/**
 * @param script prints its ports once it listens and ends with its standard input
 * @param processor it runs on this one alone, counted from 0
 * @throws when it ends before it listens
 */
export async function startListening(
  script: string,
  words: readonly string[],
  { processor }: { processor?: number } = {},
): Promise<ListeningProcess> {
  const pinned = processor === undefined ? [] : ['taskset', '-c', String(processor)];
  const [program = '', ...given] = [...pinned, process.execPath, script, ...words];
  const child = spawn(program, given, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const early = exited.then(() => Promise.reject(new Error(`${script} ended before it listened`)));
  const [line] = (await Promise.race([once(child.stdout, 'data'), early])) as [Buffer];
  return {
    ports: line.toString('utf8').trim().split(' ').map(Number),
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
