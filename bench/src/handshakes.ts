/**
 * CPU time per full handshake at an edge, beside that of Node's own https with the key: both in turn, several times in
 * one run. The key service of the edge is in its own process, so what a real one costs on the network is not in it.
 *
 * `npm run bench:handshakes [-- --rounds N --handshakes N]`
 */
import { parseArgs } from 'node:util';
import { createDevelopmentPki } from 'latchkey/pki';
import { CONCURRENCY, HandshakeSubject } from './handshake-subject.js';
import { spreadOf } from './spread.js';

const CASES = [
  { keyAlgorithm: 'p-256', version: 'TLSv1.3' },
  { keyAlgorithm: 'rsa-2048', version: 'TLSv1.3' },
  { keyAlgorithm: 'p-256', version: 'TLSv1.2' },
  { keyAlgorithm: 'rsa-2048', version: 'TLSv1.2' },
] as const;
const KINDS = ['node', 'edge'] as const;

const { values } = parseArgs({ options: { rounds: { type: 'string' }, handshakes: { type: 'string' } } });
const rounds = Number(values.rounds ?? 7);
const handshakes = Number(values.handshakes ?? 500);

console.log(
  `Node ${process.version}; ${rounds} rounds of ${handshakes} full handshakes, ${CONCURRENCY} at once`,
);
console.log(
  'CPU time of the server process per full handshake in microseconds: median (lowest to highest)\n',
);
for (const { keyAlgorithm, version } of CASES) {
  const pki = await createDevelopmentPki({ sites: [{ name: 'site.localhost', keyAlgorithm }] });
  const [site] = pki.sites;
  if (site === undefined) throw new Error('the site is missing');
  const order = { certificateChain: site.certificateChainPem, key: site.keyPem };
  const servers = {
    node: await HandshakeSubject.start({ ...order, kind: 'node' }),
    edge: await HandshakeSubject.start({ ...order, kind: 'edge' }),
  };

  // The first round of each only warms it up.
  const measured = { node: [] as number[], edge: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const kind of KINDS) {
      const cpu = await servers[kind].cpuPerHandshake(handshakes, version);
      if (round > 0) measured[kind].push(cpu);
    }
  }
  for (const kind of KINDS) servers[kind].stop();
  const ratio = measured.edge.map((cpu, round) => cpu / (measured.node[round] ?? Number.NaN));
  console.log(
    `${version} ${keyAlgorithm.padEnd(8)}  node ${show(measured.node)}  edge ${show(measured.edge)}  ratio ${show(ratio, 2)}`,
  );
}

function show(measured: readonly number[], digits = 0): string {
  const { median, lowest, highest } = spreadOf(measured);
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)} to ${highest.toFixed(digits)})`;
}
