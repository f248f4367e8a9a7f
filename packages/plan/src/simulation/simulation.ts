import { LatencyHistogram, type RandomSource, randomSource } from '@latchkey/load';
import { KEY_TYPES, type KeyType, type Pauses } from '../service-times.js';
import { EdgeMachine } from './edge-machine.js';
import { EventQueue } from './event-queue.js';
import { Jobs } from './jobs.js';
import { defaultWorkers, type Machine, SimulatedKeyServer } from './key-server.js';
import { type Pause, PauseTimeline } from './pause-timeline.js';

export { defaultWorkers, type Machine, type Pause };

/** Edges that are alike: they send at the same rate, from the same distance, to the same key servers. */
export interface EdgeGroup {
  /** At least 1. */
  readonly edges: number;
  /** Operations per second of all these edges together, by key type. */
  readonly operations: Readonly<Partial<Record<KeyType, number>>>;
  /** When operations are due, in microseconds since the beginning, ascending. Default: at random moments (Poisson). */
  readonly arrivals?: Iterable<number>;
  /** Between these edges and the key servers, in microseconds. */
  readonly roundTrip: number;
  /** The place of the group of key servers among those simulated. */
  readonly keyServers: number;
}

/** Key servers that are alike, in one place. */
export interface KeyServerGroup {
  readonly machine: Machine;
  /** At least 1. */
  readonly count: number;
  /** When all of them stood still. Default: at random moments, as often and for as long as such a machine does. */
  readonly pauses?: readonly Pause[];
  /** How fast all of them were, in the order in which it changed. Default: as fast as is known of the machine. */
  readonly speeds?: readonly SpeedChange[];
}

/** From when on a machine works at another speed. */
export interface SpeedChange {
  /** In microseconds since the beginning. */
  readonly at: number;
  /** More than 0; 1: work takes as long as is known of the machine, 0.5: twice as long. */
  readonly speed: number;
}

/** What is simulated, and for how long. */
export interface SimulationOptions {
  readonly edges: readonly EdgeGroup[];
  readonly keyServers: readonly KeyServerGroup[];
  /** In seconds of the made-up time, after a warm-up that is not counted. */
  readonly seconds: number;
  /** Default: a tenth of that. */
  readonly warmUpSeconds?: number;
  /**
   * For how long it goes on until what was due before its end is answered, as a load generator waits for it: those that take longest
   * would not count otherwise. Default: not at all.
   */
  readonly patienceSeconds?: number;
  /** The same one gives the same result. */
  readonly seed: number;
  /** When the edges' own machine stands still, or how often. Default: never. */
  readonly edgePauses?: readonly Pause[] | Pauses;
  /**
   * What an operation takes of the edges' own machine, one thread, in microseconds: half of it before it is sent, half when its
   * answer has come. Default: nothing, as where there are many edges.
   */
  readonly edgeWork?: number;
  /** Told now and then which share of it is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What the edges saw of operations of one key type. */
export interface SimulatedOperations {
  readonly keyType: KeyType;
  /** From when an operation was due to its answer, the way there and back included, in milliseconds. */
  readonly latencies: LatencyHistogram;
}

export interface SimulationResult {
  /** By key type and group of edges, in their order; none for what was never asked for. */
  readonly groups: readonly (readonly SimulatedOperations[])[];
  /** The share of their processors' time that the key servers of each group used, of what pauses left of it. */
  readonly utilisation: readonly number[];
  /** Operations that were answered after the warm-up. */
  readonly operations: number;
  /** Under way when it ended: many where the key servers could not keep up. */
  readonly unanswered: number;
}

/**
 * Plays what would happen, event by event. Operations arrive at random moments (Poisson), as those of many visitors do.
 * Each edge sends to the key server of its group with the fewest of its own operations under way, any of them where
 * there are several.
 */
export function simulate(options: SimulationOptions): SimulationResult {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: RandomSource;
  readonly #events = new EventQueue();
  readonly #jobs = new Jobs();
  readonly #servers: Server[] = [];
  readonly #streams: Stream[];
  readonly #edge: EdgeMachine;
  readonly #begin: number;
  readonly #end: number;
  readonly #histograms: LatencyHistogram[][];
  #answered = 0;
  #utilisation: readonly number[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = randomSource(options.seed);
    this.#begin = MICROSECONDS * (options.warmUpSeconds ?? options.seconds / 10);
    this.#end = this.#begin + MICROSECONDS * options.seconds;
    this.#edge = new EdgeMachine(options);
    const first: number[] = [];
    for (const [group, keyServers] of options.keyServers.entries()) {
      first.push(this.#servers.length);
      for (let index = 0; index < keyServers.count; index += 1) this.#addServer(group, keyServers);
    }
    this.#streams = options.edges.map((edges) => streamOf(edges, options.keyServers, first));
    this.#histograms = options.edges.map(() => KEY_TYPES.map(() => new LatencyHistogram()));
  }

  run(): SimulationResult {
    for (const [index, stream] of this.#streams.entries()) this.#scheduleArrival(index, stream, 0);
    for (const [index, { pauses, speeds }] of this.#servers.entries()) {
      if (pauses !== undefined) this.#schedulePause(index, pauses);
      for (const { at } of speeds) this.#events.push(at, this.#disturbance(index), SPEED_CHANGES);
    }
    let nextReport = 0;
    while (this.#events.time < this.#end) {
      const { time } = this.#events;
      this.#step();
      if (time >= nextReport) {
        this.#options.onProgress?.(time / this.#end);
        nextReport += this.#end / 100;
      }
    }
    this.#utilisation = this.#options.keyServers.map(({ count }, group) => {
      const servers = this.#servers.filter((server) => server.group === group);
      return servers.reduce((sum, { model }) => sum + model.utilisation(this.#end), 0) / count;
    });
    const patience = this.#end + MICROSECONDS * (this.#options.patienceSeconds ?? 0);
    while (this.#waits && this.#events.time < patience) this.#step();
    return this.#result();
  }

  /** Whether anything that was due is not answered. */
  get #waits(): boolean {
    return this.#jobs.count > 0 || this.#streams.some(({ unsent }) => unsent.length > 0);
  }

  #step(): void {
    const { time, subject, version } = this.#events;
    this.#events.pop();
    this.#happen(time, subject, version);
  }

  #happen(time: number, subject: number, version: number): void {
    const servers = this.#servers.length;
    if (subject < servers) {
      const server = this.#servers[subject];
      if (server === undefined || server.version !== version) return;
      server.model.proceed(time);
      this.#scheduleServer(subject, server);
    } else if (subject < 2 * servers) this.#disturb(subject - servers, version, time);
    else this.#send(subject - 2 * servers, version, time);
  }

  #addServer(group: number, { machine, pauses: seen, speeds = [] }: KeyServerGroup): void {
    const model = new SimulatedKeyServer(machine, this.#jobs, this.#random, (job, now) =>
      this.#answer(job, now, machine),
    );
    const pauses = seen ?? machine.times.pauses;
    this.#servers.push({
      model,
      group,
      version: 0,
      pauses: pauses && PauseTimeline.of(pauses, this.#random),
      paused: false,
      speeds: [...speeds],
      speed: 1,
    });
  }

  #scheduleServer(index: number, server: Server): void {
    server.version += 1;
    const { next } = server.model;
    if (next !== Infinity) this.#events.push(next, index, server.version);
  }

  /** The subject of events that change how fast a server works. */
  #disturbance(server: number): number {
    return this.#servers.length + server;
  }

  #disturb(index: number, kind: number, time: number): void {
    const server = this.#servers[index];
    if (server === undefined) return;
    if (kind === SPEED_CHANGES) server.speed = server.speeds.shift()?.speed ?? server.speed;
    else this.#togglePause(index, server, kind === PAUSE_BEGINS);
    server.model.setSpeed(server.paused ? 0 : server.speed, time);
    this.#scheduleServer(index, server);
  }

  #togglePause(index: number, server: Server, paused: boolean): void {
    server.paused = paused;
    if (server.pauses === undefined) return;
    if (paused) this.#events.push(server.pauses.end, this.#disturbance(index), PAUSE_ENDS);
    else {
      server.pauses.advance();
      this.#schedulePause(index, server.pauses);
    }
  }

  #schedulePause(index: number, { begin }: PauseTimeline): void {
    if (begin !== Infinity) this.#events.push(begin, this.#disturbance(index), PAUSE_BEGINS);
  }

  #scheduleArrival(index: number, stream: Stream, now: number): void {
    if (stream.rate === 0) return;
    const due = this.#nextDue(stream, now);
    if (due !== undefined && due < this.#end) this.#events.push(due, 2 * this.#servers.length + index, DUE);
  }

  #nextDue({ rate, arrivals }: Stream, now: number): number | undefined {
    if (arrivals === undefined) return now - Math.log(1 - this.#random()) / rate;
    const { done, value } = arrivals.next();
    return done === true ? undefined : value;
  }

  /** An operation is due, and sent when its edge gets to it. */
  #send(index: number, step: number, time: number): void {
    const stream = this.#streams[index];
    if (stream === undefined) return;
    if (step === DUE) {
      stream.unsent.push(time);
      this.#scheduleArrival(index, stream, time);
      const sentAt = this.#edge.send(time);
      if (sentAt > time) {
        this.#events.push(sentAt, 2 * this.#servers.length + index, SENT);
        return;
      }
    }
    this.#arrive(index, stream, stream.unsent.shift() ?? time, time);
  }

  /** What an edge sends is with the key server at once: the way there is added when it is answered. */
  #arrive(index: number, stream: Stream, due: number, time: number): void {
    const edge = Math.floor(this.#random() * stream.edges);
    const place = this.#chooseServer(stream, edge);
    countInFlight(stream, edge * stream.servers + place, 1);
    const sender = (edge * stream.servers + place) * this.#streams.length + index;
    const job = this.#jobs.begin(due, chooseKeyType(stream, this.#random()), sender);
    const number = stream.firstServer + place;
    const server = this.#servers[number];
    if (server?.model.receive(job, time) === true) this.#scheduleServer(number, server);
  }

  #chooseServer({ servers, inFlight }: Stream, edge: number): number {
    const start = Math.floor(this.#random() * servers);
    let best = start;
    let fewest = Infinity;
    for (let tried = 0; tried < servers && fewest > 0; tried += 1) {
      const place = (start + tried) % servers;
      const count = inFlight[edge * servers + place] ?? 0;
      if (count < fewest) [best, fewest] = [place, count];
    }
    return best;
  }

  #answer(job: number, now: number, { times }: Machine): void {
    const sentAt = this.#jobs.sentAt(job);
    const keyType = this.#jobs.keyTypeNumber(job);
    const index = this.#jobs.sender(job) % this.#streams.length;
    const stream = this.#streams[index];
    const sender = Math.floor(this.#jobs.sender(job) / this.#streams.length);
    this.#jobs.end(job);
    if (stream === undefined) return;
    countInFlight(stream, sender, -1);
    if (sentAt < this.#begin) return;
    const lane = times.operations[KEY_TYPES[keyType] ?? 'p-256']?.lane;
    const answeredAt = now + stream.roundTrip + times.floor + (lane === 'inline' ? 0 : times.hop);
    const seenAt = this.#edge.receive(answeredAt);
    this.#answered += 1;
    this.#histograms[index]?.[keyType]?.record((seenAt - sentAt) / 1000);
  }

  #result(): SimulationResult {
    const groups = this.#histograms.map((histograms) =>
      histograms.flatMap((latencies, number) => {
        const keyType = KEY_TYPES[number];
        return latencies.count === 0 || keyType === undefined ? [] : [{ keyType, latencies }];
      }),
    );
    return {
      groups,
      utilisation: this.#utilisation,
      operations: this.#answered,
      unanswered: this.#jobs.count,
    };
  }
}

interface Server {
  readonly model: SimulatedKeyServer;
  readonly group: number;
  readonly pauses: PauseTimeline | undefined;
  paused: boolean;
  /** Those that are to come. */
  readonly speeds: SpeedChange[];
  /** When it is not paused. */
  speed: number;
  /** Of its event that counts: those before it are out of date. */
  version: number;
}

/** The operations of a group of edges. */
interface Stream {
  readonly edges: number;
  readonly firstServer: number;
  readonly servers: number;
  /** Per microsecond. */
  readonly rate: number;
  /** Up to which number between 0 and 1 a random one means each key type. */
  readonly shares: readonly number[];
  readonly roundTrip: number;
  /** Operations of each edge with each server. */
  readonly inFlight: Int32Array;
  readonly arrivals: Iterator<number> | undefined;
  /** When those were due that its edges have not sent yet. */
  readonly unsent: number[];
}

/** What becomes of an operation before it is with a key server. */
const DUE = 0;
const SENT = 1;

/** What becomes of the speed at which a server works. */
const PAUSE_ENDS = 0;
const PAUSE_BEGINS = 1;
const SPEED_CHANGES = 2;

const MICROSECONDS = 1e6;

function streamOf(
  { edges, operations, roundTrip, keyServers, arrivals }: EdgeGroup,
  groups: readonly KeyServerGroup[],
  first: readonly number[],
): Stream {
  const servers = groups[keyServers]?.count ?? 0;
  const rates = KEY_TYPES.map((keyType) => operations[keyType] ?? 0);
  const rate = rates.reduce((sum, one) => sum + one, 0);
  let sum = 0;
  const shares = rates.map((one) => (sum += one) / rate);
  return {
    edges,
    firstServer: first[keyServers] ?? 0,
    servers,
    rate: rate / MICROSECONDS,
    shares,
    roundTrip,
    inFlight: new Int32Array(edges * servers),
    arrivals: arrivals?.[Symbol.iterator](),
    unsent: [],
  };
}

function countInFlight({ inFlight }: Stream, place: number, change: number): void {
  inFlight[place] = (inFlight[place] ?? 0) + change;
}

function chooseKeyType({ shares }: Stream, random: number): number {
  const place = shares.findIndex((share) => random < share);
  return place === -1 ? shares.length - 1 : place;
}
