import { constants } from 'node:os';
import { run } from './run.js';

// Whoever reads the output, e.g. head, may have had enough of it.
process.stdout.on('error', () => process.exit());

process.exitCode = await run(process.argv.slice(2), {
  output: process.stdout,
  errors: process.stderr,
  interrupted,
  onReloadRequest: (callback) => void process.on('SIGHUP', callback),
});

/**
 * The first signal asks for an orderly end; a second one ends the process at once, as a shell says it of a signal. A
 * command that another process started for itself also ends when that one is gone.
 */
function interrupted(): Promise<string> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (signal: string): void => {
      for (const each of signals) process.off(each, stop).on(each, exitAtOnce);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, stop);
    if (process.channel !== undefined) process.once('disconnect', () => stop('disconnect'));
  });
}

function exitAtOnce(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}
