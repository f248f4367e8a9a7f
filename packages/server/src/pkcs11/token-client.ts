import { type ChildProcess, fork } from 'node:child_process';
import { CryptographyFailedError } from '@latchkey/codec';
import {
  KeyStoreCredentialsError,
  KeyStoreUnavailableError,
  type ProvidedKeyOperation,
} from '../key-stores/key-store-provider.js';
import type { Command, Opened, Report, TokenRequest } from './messages.js';

interface Pending {
  resolve(answer: Uint8Array): void;
  reject(error: Error): void;
}

/** A token that another process has open. */
export class TokenClient {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #ended: Error | undefined;
  #onEnd: (error: Error) => void = () => {};
  /** The token's keys; rejects when it cannot be opened, with the errors that {@link KeyStoreProvider.load} throws. */
  readonly opened: Promise<Opened>;

  /** Starts the process and has it open the token: {@link opened} says how that went. */
  constructor(request: TokenRequest) {
    this.#process = fork(new URL('./token-process.js', import.meta.url), {
      // Flags such as --inspect are meant for the key server.
      execArgv: [],
      // An operation that is under way in the token holds a thread of libuv's.
      env: { ...process.env, UV_THREADPOOL_SIZE: String(request.maximumSessions) },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.opened = new Promise((resolve, reject) => {
      this.#process.on('message', (report: Report) => {
        if (report.type === 'opened') resolve(report);
        else this.#onReport(report);
      });
      this.#process.on('error', ({ message }) => this.#end(`the process for the token fails: ${message}`));
      this.#process.on('exit', (code, signal) =>
        this.#end(`the process that had the PKCS#11 module open has ended (${signal ?? code})`),
      );
      this.#onEnd = reject;
    });
    // Whoever opened it may have given up waiting.
    this.opened.catch(() => {});
    this.#send({ type: 'open', request });
  }

  /**
   * @param key index into the keys of {@link opened}
   * @throws {CryptographyFailedError} when the token refuses the operation
   * @throws {KeyStoreUnavailableError} when the token, or the process, is gone
   */
  perform(key: number, operation: ProvidedKeyOperation): Promise<Uint8Array> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ type: 'perform', id, key, operation });
    });
  }

  /** Ends the process with all that is under way: sessions end with it. Idempotent. */
  close(): void {
    this.#end('the key store is closed');
  }

  #send(command: Command): void {
    // A process that is gone says so by its exit.
    this.#process.send(command, () => {});
  }

  #onReport(report: Exclude<Report, Opened>): void {
    if (report.type === 'not_opened') {
      const { cause, reason } = report;
      this.#fail(
        cause === 'credentials' ? new KeyStoreCredentialsError(reason) : new KeyStoreUnavailableError(reason),
      );
      return;
    }
    const pending = this.#pending.get(report.id);
    this.#pending.delete(report.id);
    if (report.type === 'answer') {
      pending?.resolve(report.answer);
    } else if (report.cause === 'refused') {
      pending?.reject(new CryptographyFailedError(report.reason));
    } else {
      const error = new KeyStoreUnavailableError(`the token is gone (${report.reason})`);
      pending?.reject(error);
      this.#fail(error);
    }
  }

  #end(reason: string): void {
    this.#fail(new KeyStoreUnavailableError(reason));
  }

  /** Ends the process here and not there: its end might be noticed before its last word, which may be that the PIN is wrong. */
  #fail(error: Error): void {
    this.#ended ??= error;
    this.#onEnd(this.#ended);
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
    this.#process.kill('SIGKILL');
  }
}
