import type { Worker } from 'node:cluster';
import type { Socket } from 'node:net';
import type { FromWorker, Question, ToWorker, WorkerProtocol } from './messages.js';

/** One of the processes that serve, seen from the one that supervises them. */
export class WorkerProcess<Protocol extends WorkerProtocol> {
  /** From 1; whoever replaces it has the same. */
  readonly slot: number;
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly startedAt = performance.now();
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #answers = new Map<number, (answer: Protocol['answers'][string] | undefined) => void>();
  #lastId = 0;

  constructor(slot: number, worker: Worker, parameters: Protocol['parameters']) {
    this.slot = slot;
    this.#worker = worker;
    worker.on('message', (message: FromWorker<Protocol>) => {
      if (message.type === 'started') this.#send({ type: 'begin', parameters });
      if (message.type === 'answer') this.#answers.get(message.id)?.(message.answer);
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => {
        for (const answer of this.#answers.values()) answer(undefined);
        resolve();
      });
    });
  }

  /** The system's id of it. */
  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get isAlive(): boolean {
    return !this.#worker.isDead();
  }

  /** @returns undefined when it has ended, or has not answered in time */
  ask<Name extends Question<Protocol>>(
    question: Name,
    timeout = ANSWER_TIMEOUT,
  ): Promise<Protocol['answers'][Name] | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<Protocol['answers'][Name] | undefined>((resolve) => {
      const timer = setTimeout(resolve, timeout, undefined);
      this.#answers.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer as Protocol['answers'][Name] | undefined);
      });
      this.#send({ type: 'question', id, question });
    }).finally(() => this.#answers.delete(id));
  }

  tell(order: Protocol['order']): void {
    this.#send({ type: 'order', order });
  }

  /** Gives it a socket with an order; nothing of the socket may have been read. */
  hand(order: Protocol['order'], socket: Socket): void {
    this.#send({ type: 'order', order }, socket);
  }

  /** Has it finish what it has begun. */
  drain(): void {
    this.#send({ type: 'drain' });
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #send(message: ToWorker<Protocol>, socket?: Socket): void {
    // One that has just ended is about to be replaced.
    if (this.#worker.isConnected())
      this.#worker.process.send(message, socket, undefined, (error) => error && socket?.destroy());
    else socket?.destroy();
  }
}

/** In milliseconds. */
const ANSWER_TIMEOUT = 5000;
