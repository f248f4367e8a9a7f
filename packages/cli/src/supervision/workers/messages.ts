/** What the processes of one command have to say to each other. All of it is plain data. */
export interface WorkerProtocol {
  /** What a worker is told when it is started. */
  readonly parameters: unknown;
  /** What a worker says once it serves. */
  readonly serving: unknown;
  /** What a worker answers, by the name of the question. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** What a worker is told while it runs. */
  readonly order: unknown;
  /** What a worker tells without having been asked. */
  readonly notice: unknown;
}

/** The name of a question. */
export type Question<Protocol extends WorkerProtocol> = keyof Protocol['answers'] & string;

/** What the process that supervises the others tells one of them. */
export type ToWorker<Protocol extends WorkerProtocol> =
  | { readonly type: 'begin'; readonly parameters: Protocol['parameters'] }
  | { readonly type: 'question'; readonly id: number; readonly question: Question<Protocol> }
  | { readonly type: 'order'; readonly order: Protocol['order'] }
  | { readonly type: 'drain' };

/** What a worker tells the process that supervises it. */
export type FromWorker<Protocol extends WorkerProtocol> =
  /** It listens to what it is told, and waits for its parameters. */
  | { readonly type: 'started' }
  | { readonly type: 'serving'; readonly facts: Protocol['serving'] }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Protocol['answers'][string] }
  | { readonly type: 'notice'; readonly notice: Protocol['notice'] };
