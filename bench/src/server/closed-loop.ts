import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Answers, LoadConnection } from '@latchkey/load/operations';

/** How a server that always has work did. */
export interface TopRate {
  /** Answers per second of wall-clock time. */
  readonly rate: number;
  /** CPU time of the server and of this process for each, in microseconds. */
  readonly serverCpu: number;
  readonly clientCpu: number;
}

/** How the top rate is measured. */
export interface ClosedLoopOptions {
  /** Requests under way on each connection: each that is answered is followed by another. */
  readonly inFlight: number;
  readonly seconds: number;
  /** CPU time of the server so far, in microseconds. */
  readonly serverCpu: () => number;
}

/** Measures how fast a server answers that always has work, after a quarter of the time to warm up. */
export async function measureTopRate(
  connections: readonly LoadConnection[],
  answers: Answers,
  { inFlight, seconds, serverCpu }: ClosedLoopOptions,
): Promise<TopRate> {
  let onAnswers: (() => void) | undefined;
  for (const connection of connections) {
    const fill = () => {
      while (connection.inFlight < inFlight && connection.enqueue(performance.now()));
      connection.flush();
    };
    connection.onRead = () => {
      fill();
      onAnswers?.();
    };
    fill();
  }
  const snapshotAfter = async (milliseconds: number) => {
    await setTimeout(milliseconds);
    await new Promise<void>((resolve) => (onAnswers = resolve));
    // Answers come in batches, some of which take long: to count from the end of one to the end of another, not from
    // any point within, is what makes a short measurement right.
    await setImmediate();
    const { user, system } = process.cpuUsage();
    return {
      answered: answers.total,
      at: performance.now(),
      serverCpu: serverCpu(),
      clientCpu: user + system,
    };
  };
  const begin = await snapshotAfter(seconds * 250);
  const end = await snapshotAfter(seconds * 1000);
  for (const connection of connections) connection.onRead = () => {};
  await allAnswered(connections);
  const answered = end.answered - begin.answered;
  return {
    rate: (answered / (end.at - begin.at)) * 1000,
    serverCpu: (end.serverCpu - begin.serverCpu) / answered,
    clientCpu: (end.clientCpu - begin.clientCpu) / answered,
  };
}

/** Waits until nothing is under way any more. */
export async function allAnswered(connections: readonly LoadConnection[]): Promise<void> {
  while (connections.some(({ inFlight }) => inFlight > 0)) {
    for (const connection of connections) connection.requireOpen();
    await setTimeout(1);
  }
}
