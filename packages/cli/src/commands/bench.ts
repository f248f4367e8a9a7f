import { writeFile } from 'node:fs/promises';
import { renderPage, type Report } from '@latchkey/load';
import { COMPARED } from '../bench/compare/benchmarks.js';
import { runCompare } from '../bench/compare/run.js';
import { measure } from '../bench/measure.js';
import { parsePace, WORKS } from '../bench/orders.js';
import { Progress } from '../bench/progress.js';
import { formatMeasurement } from '../bench/summary.js';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import { parseInteger } from '../command-line/values.js';

const NAMES = COMPARED.map(({ id }) => id).join(', ');

/** `latchkey bench`: how fast is a key server, a TLS server or an HTTP server? */
export const benchCommand = defineCommand({
  name: 'bench',
  summary: 'measure a key server, TLS handshakes or HTTP requests, and compare two versions',
  usage: 'operations|handshakes|requests|compare [TARGET | BASE CANDIDATE] [options]',
  description: `
  bench operations [HOST:PORT]  asks any Keyless SSL v1 key server for operations; which, and how to be let in, comes from
                                the configuration of an edge or from the same options as in 'latchkey check'
  bench handshakes HOST:PORT    shakes hands with any TLS server, as visitors who come, and leave at once
  bench requests URL            asks any HTTP/1.1 server for a page over connections that stay open
  bench compare BASE CANDIDATE  compares two versions of Latchkey by the CPU time that they take: two names that git knows, two
                                folders with checkouts, or two files that --json wrote; prints Markdown

With --rate, requests come at that rate whatever becomes of them, and the time of each counts from when it was due: no stall
hides. Without, as much as possible is always under way. Load is made by processes of its own; when those and not the server
were what limited the result, there is none.
Exit codes: 0 measured, 1 could not be measured or is slower, 2 wrong command line or configuration.`,
  options: {
    rate: {
      type: 'string',
      placeholder: 'N',
      help: 'requests per second; default: as many as there is room for',
    },
    arrivals: { type: 'string', placeholder: 'HOW', help: 'poisson (at random, the default) or constant' },
    seconds: { type: 'string', placeholder: 'N', help: 'how long it measures; default 10' },
    'warm-up': {
      type: 'string',
      placeholder: 'SECONDS',
      help: 'how long it does the same before; default 2',
    },
    processes: { type: 'string', placeholder: 'N', help: 'load generators that share the work; default 1' },
    seed: { type: 'string', placeholder: 'N', help: 'decides messages and moments; default 1' },
    json: {
      type: 'string',
      placeholder: 'FILE',
      help: 'write all figures there, with what it takes to repeat it',
    },
    html: { type: 'string', placeholder: 'FILE', help: 'draw them on a page that needs no other file' },
    'server-pid': {
      type: 'string',
      placeholder: 'PID',
      help: "the server's process here, to see what it costs",
    },
    connections: {
      type: 'string',
      placeholder: 'N',
      help: 'to a key server, default 2; visitors at once or connections to an HTTP server, default 20',
    },
    'server-name': {
      type: 'string',
      placeholder: 'NAME',
      help: "the name in the server's certificate; default: the host",
    },
    config: { type: 'string', placeholder: 'FILE', help: 'operations: the configuration of an edge' },
    server: { type: 'string', multiple: true, placeholder: 'HOST:PORT', help: 'the same as TARGET' },
    certificate: {
      type: 'string',
      placeholder: 'FILE',
      help: "operations: the edge's certificate for the channel (PEM)",
    },
    key: {
      type: 'string',
      placeholder: 'FILE',
      help: 'operations: the private key of that certificate (PEM)',
    },
    ca: {
      type: 'string',
      placeholder: 'FILE',
      help: "operations: the CA of the key server's certificate (PEM)",
    },
    'site-certificate': {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      help: 'operations: a certificate (PEM) whose key is used; may be repeated',
    },
    mix: {
      type: 'string',
      multiple: true,
      placeholder: 'WHAT=N',
      help: 'operations: ping, sign or decrypt and its share, e.g. sign=9; may be repeated; default sign',
    },
    depth: {
      type: 'string',
      placeholder: 'N',
      help: 'operations: under way on each connection; default 256',
    },
    'one-per-record': { type: 'boolean', help: 'operations: each in a TLS record of its own' },
    tls: { type: 'string', placeholder: 'VERSION', help: 'handshakes: 1.2 or 1.3 only' },
    resumed: {
      type: 'string',
      placeholder: 'SHARE',
      help: 'handshakes: continue a session, from 0 (none, the default) to 1',
    },
    'certificate-type': {
      type: 'string',
      placeholder: 'TYPE',
      help: 'handshakes: take rsa, ecdsa or ed25519 only',
    },
    group: {
      type: 'string',
      placeholder: 'NAME',
      help: 'handshakes: the group of the key exchange, e.g. X25519',
    },
    benchmark: {
      type: 'string',
      multiple: true,
      placeholder: 'NAME',
      help: `compare: ${NAMES}; may be repeated; default all`,
    },
    rounds: {
      type: 'string',
      placeholder: 'N',
      help: 'compare: how often each version is measured; default 40',
    },
    threshold: {
      type: 'string',
      placeholder: 'PERCENT',
      help: 'compare: the slowdown from which on it fails; default 5',
    },
    markdown: { type: 'string', placeholder: 'FILE', help: 'compare: write the table there as well' },
    ciphers: { type: 'string', placeholder: 'LIST', help: "handshakes: cipher suites by OpenSSL's names" },
  },
  positionals: { minimum: 1, maximum: 3 },
  execute: async (values, [what = '', target, candidate], { output, errors }) => {
    if (what === 'compare') return await runCompare(values, target, candidate, { output, errors });
    if (candidate !== undefined) throw new UsageError(`unexpected argument '${candidate}'`);
    if (!Object.hasOwn(WORKS, what))
      throw new UsageError(
        `there is no '${what}' to measure; expected ${Object.keys(WORKS).join(', ')}, compare`,
      );
    const processId = values['server-pid'];
    const run = {
      order: {
        work: await WORKS[what as keyof typeof WORKS](values, target),
        pace: parsePace(values.rate, values.arrivals),
        seconds: number('--seconds', values.seconds, 10),
        warmUpSeconds: number('--warm-up', values['warm-up'], 2, 0),
        seed: number('--seed', values.seed, 1, 0, 2 ** 32 - 1),
      },
      processes: number('--processes', values.processes, 1, 1, 64),
      serverProcess: processId === undefined ? undefined : number('--server-pid', processId, 0, 1, 2 ** 31),
    };
    const report = await measure(run, new Progress(errors), ['latchkey', 'bench', ...process.argv.slice(3)]);
    output.write(report.measurements.map(formatMeasurement).join('\n'));
    await writeReport(report, values);
    return ExitCode.OK;
  },
});

function number(
  option: string,
  text: string | undefined,
  preset: number,
  minimum = 1,
  maximum = 86_400,
): number {
  return text === undefined ? preset : parseInteger(option, text, { minimum, maximum });
}

async function writeReport(
  report: Report,
  { json, html }: { readonly json: string | undefined; readonly html: string | undefined },
): Promise<void> {
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (html !== undefined) await writeFile(html, await renderPage(report));
}
