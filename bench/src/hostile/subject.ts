import type { ProcessorPlan } from '@latchkey/load';
import { KeyServerSubject } from '../server/subject.js';
import type { Target } from './attack.js';
import type { SubjectName } from './attacks.js';
import { startEdge } from './edge-subject.js';
import { measureSignatures } from './honest-signatures.js';
import type { HonestLoad } from './open-loop.js';

/** Who is attacked, and whom honest clients ask meanwhile. */
export interface Subject {
  /** The ids of all processes that it needs. The first is the one that is attacked, the one whose memory counts. */
  readonly processIds: readonly [number, ...number[]];
  readonly target: Target;
  /**
   * @returns how long honest clients wait for what they ask for: the 99th percentile in milliseconds
   * @throws {BenchmarkError} when they do not get it
   */
  measureP99(load: HonestLoad): Promise<number>;
  /** Ends it and leaves nothing behind. */
  stop(): Promise<void>;
}

/** What there is to know of a kind of subject. */
export interface SubjectKind {
  /** What honest clients ask for. */
  readonly work: string;
  /** How often in a second, by default. */
  readonly rate: number;
  /** Starts one, on the server's processor alone where there is a plan. */
  readonly start: (processors: ProcessorPlan | undefined) => Promise<Subject>;
}

export const SUBJECTS: Readonly<Record<SubjectName, SubjectKind>> = {
  'key-server': { work: 'P-256 signatures', rate: 500, start: startKeyServer },
  edge: { work: 'visits', rate: 100, start: startEdge },
};

async function startKeyServer(processors: ProcessorPlan | undefined): Promise<Subject> {
  const keyServer = await KeyServerSubject.start(processors);
  return {
    processIds: [keyServer.pid],
    target: keyServer.channel,
    measureP99: (load) => measureSignatures(keyServer, load),
    stop: () => keyServer.stop(),
  };
}
