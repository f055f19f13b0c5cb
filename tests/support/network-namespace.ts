/**
 * A network of its own for a phone under test: a namespace joined to this computer by one cable (a veth pair), whose address can be
 * changed while calls go on and which can lose packets. Needs root and the tools `ip` and `nft`.
 *
 *   this computer                         namespace
 *   10.x.y.1 ── cable ──────────────────── 10.x.y.2, then .3, .4 …   loss both ways
 */
import { existsSync } from 'node:fs';
import { runCommand } from './run-command.ts';

const commandTimeoutMs = 10_000;
let count = 0;

async function run(command: string, ...args: string[]): Promise<void> {
  const { status, stderr } = await runCommand(command, args, { timeoutMs: commandTimeoutMs });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

/** It may have ended by itself meanwhile. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export class NetworkNamespace {
  readonly name: string;
  /** This computer's end of the cable. */
  readonly hostAddress: string;
  readonly #prefix: string;
  readonly #hostCable: string;
  readonly #cable: string;
  #last = 1;

  private constructor(name: string, prefix: string, hostCable: string, cable: string) {
    this.name = name;
    this.#prefix = prefix;
    this.#hostCable = hostCable;
    this.#cable = cable;
    this.hostAddress = `${prefix}.1`;
  }

  /** Why none can be made here, or undefined when one can. */
  static async missing(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'network namespaces are Linux only';
    if (process.getuid?.() !== 0) return 'network namespaces need root';
    for (const tool of ['/usr/sbin/ip', '/usr/sbin/nft'])
      if (!existsSync(tool)) return `${tool} is not installed`;
    const { status, stderr } = await runCommand('ip', ['netns', 'list'], { timeoutMs: commandTimeoutMs });
    return status === 0 ? undefined : `no network namespaces here: ${stderr.trim()}`;
  }

  static async create(): Promise<NetworkNamespace> {
    count += 1;
    const id = `${process.pid}-${count}`;
    // 10.64.0.0/10 is seldom anybody's; names of interfaces are at most 15 letters long.
    const prefix = `10.${64 + (process.pid % 64)}.${(Math.floor(process.pid / 64) + count) % 256}`;
    const made = new NetworkNamespace(`sidetone-${id}`, prefix, `sth${id}`, `stn${id}`);
    await run('ip', 'netns', 'add', made.name);
    try {
      const peer = ['type', 'veth', 'peer', 'name', made.#cable, 'netns', made.name];
      await run('ip', 'link', 'add', made.#hostCable, ...peer);
      await run('ip', 'addr', 'add', `${made.hostAddress}/24`, 'dev', made.#hostCable);
      await run('ip', 'link', 'set', made.#hostCable, 'up');
      await made.#inside('ip', 'link', 'set', 'lo', 'up');
      await made.#inside('ip', 'link', 'set', made.#cable, 'up');
      await made.changeAddress();
    } catch (error) {
      await made.close();
      throw error;
    }
    return made;
  }

  /** The namespace's address now. */
  get address(): string {
    return `${this.#prefix}.${this.#last}`;
  }

  /** Name of this computer's end of the cable, where everything passes that the phone sends and gets. */
  get hostCable(): string {
    return this.#hostCable;
  }

  /** Command and arguments that run something inside. */
  command(command: string, ...args: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.name, command, ...args]];
  }

  /** Takes the present address away and gives the next one, as another network would. Resolves to it. */
  async changeAddress(): Promise<string> {
    await this.#inside('ip', 'addr', 'flush', 'dev', this.#cable);
    this.#last = this.#last >= 250 ? 2 : this.#last + 1;
    await this.#inside('ip', 'addr', 'add', `${this.address}/24`, 'dev', this.#cable);
    return this.address;
  }

  /** Pulls the cable or plugs it in again. */
  async setPlugged(plugged: boolean): Promise<void> {
    await this.#inside('ip', 'link', 'set', this.#cable, plugged ? 'up' : 'down');
  }

  /** Loses so many of a hundred UDP and TCP packets, each way. */
  async setLoss(percent: number): Promise<void> {
    await this.#inside('nft', 'add', 'table', 'inet', 'loss');
    await this.#inside('nft', 'delete', 'table', 'inet', 'loss');
    if (percent === 0) return;
    await this.#inside('nft', 'add', 'table', 'inet', 'loss');
    for (const hook of ['input', 'output']) {
      await this.#inside('nft', `add chain inet loss ${hook} { type filter hook ${hook} priority 0; }`);
      const dropped = `meta l4proto { tcp, udp } numgen random mod 100 < ${percent} drop`;
      await this.#inside('nft', `add rule inet loss ${hook} ${dropped}`);
    }
  }

  /** Ends it and what still runs in it. Idempotent. */
  async close(): Promise<void> {
    const { status, stdout } = await runCommand('ip', ['netns', 'pids', this.name], {
      timeoutMs: commandTimeoutMs,
    });
    const left = status === 0 ? stdout.split('\n').filter(Boolean).map(Number) : [];
    for (const pid of left) endProcess(pid);
    await runCommand('ip', ['link', 'del', this.#hostCable], { timeoutMs: commandTimeoutMs });
    await runCommand('ip', ['netns', 'del', this.name], { timeoutMs: commandTimeoutMs });
  }

  async #inside(command: string, ...args: string[]): Promise<void> {
    await run(...flat(this.command(command, ...args)));
  }
}

const flat = ([command, args]: [string, string[]]): [string, ...string[]] => [command, ...args];
