import type { ConfigurationProblem } from './configuration/problem.js';

/** Base of every failure to start a key server. The `code` is stable; the message is for people. */
export abstract class KeyServerError extends Error {
  abstract readonly code: string;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The configuration cannot be used. Says everything that is wrong with it at once. */
export class ConfigurationError extends KeyServerError {
  readonly code = 'LATCHKEY_CONFIGURATION_INVALID';
  /** In the order of the file; never empty. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

/** A key file, or a folder of key files, cannot be used. Never holds any of the file's bytes. */
export class KeyFileError extends KeyServerError {
  readonly code = 'LATCHKEY_KEY_FILE_UNUSABLE';
  readonly file: string;
  /** What is wrong with it, in a few words. */
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

/** A file with a site's certificates, or a folder of such files, cannot be used. */
export class CertificateFileError extends KeyServerError {
  readonly code = 'LATCHKEY_CERTIFICATE_FILE_UNUSABLE';
  readonly file: string;
  /** What is wrong with it, in a few words. */
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

/** The certificate, key or client CA of the channel between edge and key server cannot be used. */
export class ChannelCertificateError extends KeyServerError {
  readonly code = 'LATCHKEY_CHANNEL_CERTIFICATE_UNUSABLE';
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}

/** A certificate revocation list cannot be used. */
export class RevocationListError extends KeyServerError {
  readonly code = 'LATCHKEY_REVOCATION_LIST_UNUSABLE';
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}

/** The key server cannot listen where it is told to. */
export class ListenError extends KeyServerError {
  readonly code = 'LATCHKEY_LISTEN_FAILED';
  /** The address and port, or the path of the socket. */
  readonly address: string;

  constructor(address: string, reason: string, cause: unknown) {
    super(`cannot listen on ${address}: ${reason}`, { cause });
    this.address = address;
  }
}

function describeProblem({ source, line, column, key, message }: ConfigurationProblem): string {
  const position = line === undefined ? '' : `:${line}:${column}`;
  const subject = key === undefined ? '' : `${key}: `;
  return `${source}${position}: ${subject}${message}`;
}
