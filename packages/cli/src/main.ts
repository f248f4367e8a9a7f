import { run } from './run.js';

// Whoever reads the output, e.g. head, may have had enough of it.
process.stdout.on('error', () => process.exit());

process.exitCode = await run(process.argv.slice(2), {
  output: process.stdout,
  errors: process.stderr,
  interrupted,
});

/**
 * The first signal asks for an orderly end; a second one finds no handler any more and ends the process at once. A
 * command that another process started for itself also ends when that one is gone.
 */
function interrupted(): Promise<string> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (signal: string): void => {
      for (const each of signals) process.off(each, stop);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, stop);
    if (process.channel !== undefined) process.once('disconnect', () => stop('disconnect'));
  });
}
