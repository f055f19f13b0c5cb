/**
 * A path that ICE finds (RFC 8445). What was gathered together with its credentials is a generation; checks of one generation against one
 * description of the far side are a run. A restart makes another generation beside the first, whose pair carries the sound until the new
 * one has found its own. Where the far side speaks no ICE, packets go from the default candidate to where its SDP says.
 *
 *   open ──▶ generation ──remote named──▶ run: checks ──connected──▶ active ──move, restart──▶ generation 2 ──▶ run 2 ──connected──▶ active
 */
import { PhoneFailure } from '../../contract/errors.ts';
import type { MediaPathInfo } from '../../contract/snapshot.ts';
import type { IceDescription, IceOptions, LocalIce, RemoteIce } from '../nat/ice-description.ts';
import type { Logger } from '../log.ts';
import { parseCandidate, writeCandidate, type Component, type IceCandidate } from '../nat/ice-candidate.ts';
import type { IcePair, IceRole, LocalBase } from '../nat/ice-checklist.ts';
import { IceChecks, type IceCredentials } from '../nat/ice-checks.ts';
import { IceGathering, type IceGatheringOptions } from '../nat/ice-gathering.ts';
import { parseStunUri, parseTurnUri } from '../nat/turn-uri.ts';
import type { Clock } from '../net/clock.ts';
import {
  handoverMs,
  type MediaPath,
  type PathEvent,
  type PathListener,
  type PathRemote,
} from './media-path.ts';
import { kindOfDatagram } from '../nat/datagram-kind.ts';
import {
  isReachable,
  sameTransportAddress,
  writtenAddress,
  type TransportAddress,
} from '../net/transport-address.ts';

/** What a computer lends to ICE; tests lend networks of their own. */
export interface IceNetwork extends Pick<IceGatheringOptions, 'openPair' | 'resolve' | 'connectTurn'> {
  /** Addresses to gather on, the preferred one first. */
  addresses(preferred: string): readonly string[];
}

export interface IcePathOptions {
  localAddress: string;
  ice: IceOptions;
  network: IceNetwork;
  clock: Clock;
  /** Cryptographically random octets. */
  random: (count: number) => Uint8Array;
  log: Logger;
}

interface Generation {
  gathering: IceGathering;
  credentials: IceCredentials;
  /** For the answer to a restart of the far side, which cannot wait. */
  spare: IceCredentials;
}

interface Run {
  gathering: IceGathering;
  checks: IceChecks;
}

/** Where a component's packets leave and go. */
interface Way {
  gathering: IceGathering;
  base: number;
  to: TransportAddress;
}

/** Servers that do not answer must not hold a call up. */
const gatheringWithinMs = 1_500;
/** Without a relay there is no call at all under that policy. */
const relayWithinMs = 6_000;

export class IcePath implements MediaPath {
  readonly #options: IcePathOptions;
  #generation!: Generation;
  readonly #generations = new Set<IceGathering>();
  readonly #runs = new Set<Run>();
  #active: Run | null = null;
  #ways: Partial<Record<Component, Way>> = {};
  #remote: PathRemote | null = null;
  #role: IceRole = 'controlling';
  #listener: PathListener | null = null;
  #onDtls: (datagram: Buffer, component: Component) => void = () => undefined;
  #onEvent: (event: PathEvent) => void = () => undefined;
  #moves: Promise<void> = Promise.resolve();
  readonly #stopTimers = new Set<() => void>();
  #lastPath = '';
  #isClosed = false;
  #closing: Promise<void> | null = null;

  private constructor(options: IcePathOptions) {
    this.#options = options;
  }

  /**
   * Gathers candidates, for a second and a half at most where servers do not answer. Rejects with `media.ports-used-up`, `media.turn`
   * where only relays are allowed and none can be had, or the system's error.
   */
  static async open(options: IcePathOptions): Promise<IcePath> {
    const path = new IcePath(options);
    path.#use(await path.#gather(options.localAddress));
    return path;
  }

  get localAddress(): string {
    return this.#generation.gathering.defaultCandidate(1)?.address ?? this.#options.localAddress;
  }

  get localPort(): number {
    return this.#generation.gathering.defaultCandidate(1)?.port ?? 9;
  }

  get ice(): LocalIce {
    const { gathering, credentials, spare } = this.#generation;
    const hidesRelated = this.#options.ice.policy === 'relay';
    return {
      ...credentials,
      spare,
      candidates: gathering.candidates.map((candidate) => writeCandidate(candidate, { hidesRelated })),
      complete: gathering.complete,
    };
  }

  listen(listener: PathListener): void {
    this.#listener = listener;
  }

  onDtls(listener: (datagram: Buffer, component: Component) => void): void {
    this.#onDtls = listener;
  }

  onEvent(listener: (event: PathEvent) => void): void {
    this.#onEvent = listener;
  }

  setRemote(remote: PathRemote): void {
    this.#remote = remote;
    if (remote.ice === null) this.#goDirect();
    else this.#check(remote, remote.ice);
  }

  addRemoteCandidates({ ufrag, pwd, candidates, complete }: IceDescription): void {
    for (const { checks } of this.#runs)
      if (checks.remote?.ufrag === ufrag && checks.remote.pwd === pwd)
        checks.addRemotes(readCandidates(candidates), complete);
  }

  // ── packets ───────────────────────────────────────────────────────────────────────────────────────────────────────

  leads(source: TransportAddress | null): boolean {
    return !this.#isClosed && this.#wayOf(1, source) !== undefined;
  }

  sendRtp(packet: Uint8Array, source: TransportAddress | null): void {
    if (!this.#isClosed) void this.#send(1, packet, source);
  }

  sendRtcp(packet: Uint8Array, source: TransportAddress | null): Promise<void> {
    return this.#send(this.#remote?.rtcpMux === true ? 1 : 2, packet, source);
  }

  sendDtls(record: Uint8Array, component: Component): void {
    if (!this.#isClosed) void this.#send(component, record, null);
  }

  #send(component: Component, packet: Uint8Array, source: TransportAddress | null): Promise<void> {
    const way = this.#wayOf(component, source);
    return way === undefined ? Promise.resolve() : way.gathering.send(way.base, packet, way.to);
  }

  #wayOf(component: Component, source: TransportAddress | null): Way | undefined {
    const way = this.#ways[component];
    if (way === undefined || this.#remote === null) return undefined;
    if (this.#remote.ice !== null) return way;
    const to = source ?? way.to;
    return isReachable(to) ? { ...way, to } : undefined;
  }

  #take(datagram: Buffer, { component }: LocalBase, from: TransportAddress): void {
    const remote = this.#remote;
    if (this.#isClosed || remote === null) return;
    let source = from;
    if (remote.ice !== null) {
      const isKnown = [...this.#runs].some(({ checks }) => checks.knows(from, component));
      if (!isKnown) return;
      // Whoever passed the checks is who signalling named, whatever address it comes from.
      source = { address: remote.address, port: component === 1 ? remote.port : remote.rtcpPort };
    }
    const kind = kindOfDatagram(datagram);
    if (kind === 'rtp') this.#listener?.rtp(datagram, source);
    else if (kind === 'rtcp') this.#listener?.rtcp(datagram, source);
    else if (kind === 'dtls') this.#onDtls(datagram, component);
  }

  // ── gathering ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #gather(localAddress: string): Promise<Generation> {
    const { ice, network, clock, random, log } = this.#options;
    const gathering: IceGathering = new IceGathering(
      {
        addresses: network.addresses(localAddress),
        stunServers: ice.stunServers.flatMap((uri) => parseStunUri(uri) ?? []),
        turnServers: ice.turnServers.flatMap(({ url, ...credential }) => {
          const server = parseTurnUri(url);
          return server === undefined ? [] : [{ server, ...credential }];
        }),
        policy: ice.policy,
        openPair: network.openPair,
        resolve: network.resolve,
        connectTurn: network.connectTurn,
        clock,
        random,
        log,
      },
      {
        gathered: () => this.#gathered(gathering),
        stun: (message, datagram, base, from) => {
          for (const { gathering: its, checks } of this.#runs) {
            if (its !== gathering) continue;
            if (message.class !== 'request') {
              if (checks.takeAnswer({ message, datagram }, base.base, from)) return;
            } else if (checks.takeRequest(base, message, datagram, from)) return;
          }
        },
        packet: (datagram, base, from) => this.#take(datagram, base, from),
        relayLost: (server, reason) => {
          log.warn(`TURN server ${server}: ${reason}`);
          const isUsed = Object.values(this.#ways).some((way) => way.gathering === gathering);
          if (isUsed && this.#isRelayed()) this.#onEvent({ type: 'lost' });
        },
      },
    );
    this.#generations.add(gathering);
    try {
      await gathering.open();
      const gathered = gathering.gather();
      const isRelay = ice.policy === 'relay';
      // Whoever takes candidates later need not wait for servers now.
      const trickles = this.#remote === null ? ice.trickle : this.#remote.ice?.trickles === true;
      if (!trickles || isRelay) await this.#within(gathered, gatheringWithinMs);
      if (isRelay && gathering.defaultCandidate(1) === undefined) await this.#within(gathered, relayWithinMs);
      if (gathering.defaultCandidate(1) === undefined) await gathered;
      if (isRelay && gathering.defaultCandidate(1) === undefined) {
        const { server, reason } = gathering.failures[0] ?? { server: '', reason: 'none is set' };
        throw new PhoneFailure('media.turn', { server, reason });
      }
    } catch (error) {
      this.#generations.delete(gathering);
      void gathering.close();
      throw error;
    }
    return { gathering, credentials: this.#newCredentials(), spare: this.#newCredentials() };
  }

  /** RFC 8839 §5.4: at least 24 and 128 random bits, in letters, digits, + and /. */
  #newCredentials(): IceCredentials {
    const text = (octets: number) =>
      Buffer.from(this.#options.random(octets)).toString('base64').replace(/=/g, '');
    return { ufrag: text(6), pwd: text(18) };
  }

  #within(work: Promise<void>, limitMs: number): Promise<void> {
    let stop: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (stop = this.#options.clock.after(limitMs, resolve)));
    return Promise.race([work, over]).finally(() => stop());
  }

  #gathered(gathering: IceGathering): void {
    for (const run of this.#runs)
      if (run.gathering === gathering) run.checks.setBases(gathering.bases, gathering.complete);
    if (this.#generation?.gathering === gathering) this.#onEvent({ type: 'local' });
  }

  /** What is offered from now on. Its checks answer those of the far side even before that is named. */
  #use(generation: Generation): void {
    this.#generation = generation;
    this.#begin(generation.gathering, generation.credentials);
  }

  // ── checks ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(gathering: IceGathering, credentials: IceCredentials): Run {
    const { clock, random, log } = this.#options;
    const checks: IceChecks = new IceChecks({
      local: credentials,
      role: this.#role,
      clock,
      random,
      send: (base, datagram, to) => void gathering.send(base, datagram, to),
      onSelected: (component, pair) => this.#selected(run, component, pair),
      onConnected: () => this.#connected(run),
      onFailed: () => this.#failed(run),
      onConsentLost: () => {
        if (this.#active !== run) return;
        this.#active = null;
        this.#ways = {};
        this.#onEvent({ type: 'lost' });
      },
      log,
    });
    const run: Run = { gathering, checks };
    this.#runs.add(run);
    checks.setBases(gathering.bases, gathering.complete);
    return run;
  }

  #check(remote: PathRemote, ice: RemoteIce): void {
    const { ufrag, pwd, candidates: values, complete } = ice;
    const candidates = readCandidates(values);
    const isOurs = ({ checks }: Run) => checks.local.ufrag === ice.ours;
    const known = [...this.#runs].find((run) => isOurs(run) && run.checks.remote?.ufrag === ufrag);
    if (known !== undefined) return known.checks.addRemotes(candidates, complete);
    this.#takeSpare(ice.ours);
    const fresh = [...this.#runs].find((run) => isOurs(run) && run.checks.remote === null);
    if (this.#active === null && this.#runs.size === 1)
      this.#role = ice.controlling ? 'controlling' : 'controlled';
    // Somebody else answers our offer (a fork), or has begun anew: under the same credentials of ours.
    const run = fresh ?? this.#begin(this.#generation.gathering, this.#generation.credentials);
    const components: Component[] =
      remote.rtcpMux || (complete && !candidates.some(({ component }) => component === 2)) ? [1] : [1, 2];
    const role = ice.lite ? 'controlling' : this.#role;
    run.checks.setRemote({ ufrag, pwd }, { role, candidates, complete, components });
    this.#onEvent({ type: 'local' });
  }

  /** The far side has restarted, and was answered with the credentials that were kept for that. */
  #takeSpare(ufrag: string): void {
    const { gathering, spare } = this.#generation;
    if (spare.ufrag !== ufrag) return;
    this.#use({ gathering, credentials: spare, spare: this.#newCredentials() });
  }

  #selected(run: Run, component: Component, pair: IcePair): void {
    run.gathering.bind(pair.local.base, pair.remote);
    // Until the new way is whole, sound keeps to the old one; with none there, whatever is found serves.
    if (this.#active === null || this.#active === run) this.#promote(run);
    this.#options.log.info(`ICE selects ${describe(pair)} for component ${component}`);
  }

  #connected(run: Run): void {
    run.gathering.stopKeepalive();
    this.#role = run.checks.role;
    this.#promote(run);
    this.#retireOthers();
  }

  #promote(run: Run): void {
    this.#active = run;
    this.#ways = {};
    for (const component of [1, 2] as const) {
      const pair = run.checks.selected[component];
      if (pair !== undefined)
        this.#ways[component] = { gathering: run.gathering, base: pair.local.base, to: pair.remote };
    }
    const pair = run.checks.selected[1];
    if (pair !== undefined) this.#tell(infoOf(pair, run.gathering));
  }

  #failed(run: Run): void {
    // An older way may still carry the sound; its consent tells when it does not.
    if (this.#active === null || this.#active === run) this.#onEvent({ type: 'failed' });
  }

  /** Other runs, and what was gathered for them, are still heard while the far side changes over. */
  #retireOthers(): void {
    const { gathering: present } = this.#generation;
    // What waits for the far side's description is not over yet.
    const others = [...this.#runs].filter(
      (run) => run !== this.#active && (run.checks.remote !== null || run.gathering !== present),
    );
    const gatherings = [...this.#generations].filter((gathering) => gathering !== present);
    if (others.length + gatherings.length === 0) return;
    const stop = this.#options.clock.after(handoverMs, () => {
      this.#stopTimers.delete(stop);
      for (const run of others) {
        if (run === this.#active) continue;
        run.checks.close();
        this.#runs.delete(run);
      }
      for (const gathering of gatherings) {
        this.#generations.delete(gathering);
        void gathering.close();
      }
    });
    this.#stopTimers.add(stop);
  }

  // ── without ICE ───────────────────────────────────────────────────────────────────────────────────────────────────

  #goDirect(): void {
    const remote = this.#remote;
    if (remote === null) return;
    const { gathering } = this.#generation;
    this.#active = null;
    this.#ways = {};
    const port = remote.rtcpMux ? remote.port : remote.rtcpPort;
    for (const [component, to] of [
      [1, { address: remote.address, port: remote.port }],
      [2, { address: remote.address, port }],
    ] as const) {
      const base = gathering.defaultBase(component);
      if (base === undefined) continue;
      this.#ways[component] = { gathering, base: base.base, to };
      if (isReachable(to)) gathering.bind(base.base, to);
    }
    const type = gathering.defaultCandidate(1)?.type === 'relay' ? 'relay' : 'direct';
    this.#tell({
      local: type,
      remote: 'direct',
      protocol: gathering.protocolOf(this.#ways[1]?.base ?? 0),
      localAddress: writtenAddress({ address: this.localAddress, port: this.localPort }),
      remoteAddress: writtenAddress(remote),
    });
  }

  #isRelayed(): boolean {
    const way = this.#ways[1];
    return way?.gathering.bases.some(({ base, type }) => base === way.base && type === 'relay') === true;
  }

  #tell(path: MediaPathInfo): void {
    const text = JSON.stringify(path);
    if (text === this.#lastPath) return;
    this.#lastPath = text;
    this.#onEvent({ type: 'path', path });
  }

  // ── changes ───────────────────────────────────────────────────────────────────────────────────────────────────────

  move(localAddress: string): Promise<void> {
    const moved = this.#moves.then(() => this.#restart(localAddress));
    this.#moves = moved.catch(() => undefined);
    return moved;
  }

  async #restart(localAddress: string): Promise<void> {
    const generation = await this.#gather(localAddress);
    if (this.#isClosed) return void generation.gathering.close();
    const before = this.#generation.gathering;
    this.#use(generation);
    // What nothing goes over and nobody was told of for long is of no use beside the new one.
    const isUsed = Object.values(this.#ways).some(({ gathering }) => gathering === before);
    if (this.#remote !== null && this.#remote.ice === null) {
      this.#goDirect();
      this.#retireOthers();
    } else if (!isUsed) this.#drop(before);
    this.#onEvent({ type: 'local' });
  }

  #drop(gathering: IceGathering): void {
    for (const run of this.#runs) {
      if (run.gathering !== gathering) continue;
      run.checks.close();
      this.#runs.delete(run);
    }
    this.#generations.delete(gathering);
    void gathering.close();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#isClosed = true;
    await this.#moves;
    for (const stop of this.#stopTimers) stop();
    for (const { checks } of this.#runs) checks.close();
    await Promise.all([...this.#generations].map((gathering) => gathering.close()));
  }
}

const readCandidates = (values: readonly string[]): IceCandidate[] =>
  values.flatMap((value) => parseCandidate(value) ?? []);

const describe = ({ local, remote }: IcePair) =>
  `${local.type} ${writtenAddress(local)} to ${remote.type} ${writtenAddress(remote)}`;

function infoOf({ local, remote, mapped }: IcePair, gathering: IceGathering): MediaPathInfo {
  const seen = mapped ?? local;
  const own = gathering.candidates.find((candidate) => sameTransportAddress(candidate, seen));
  return {
    local: local.type === 'relay' ? 'relay' : (own?.type ?? 'prflx'),
    remote: remote.type,
    protocol: gathering.protocolOf(local.base),
    localAddress: writtenAddress(local.type === 'relay' ? local : seen),
    remoteAddress: writtenAddress(remote),
  };
}
