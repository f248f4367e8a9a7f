/**
 * What kssl2 costs a key server beside Keyless SSL v1: CPU time and bytes for each signature, and the time that one takes
 * when the key server has nothing else to do, by turns in one run.
 *
 * `npm run bench:protocols [-- --rounds N --seconds N]`
 */
import { parseArgs } from 'node:util';
import { spreadOf } from '@latchkey/load';
import { measureAlone, measureTogether, type Cost } from './protocols/measure.js';
import { PROTOCOLS } from './protocols/wire.js';
import { KeyServerSubject } from './server/subject.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
});
const seconds = Number(values.seconds);
const subject = await KeyServerSubject.start(undefined);
try {
  const together = PROTOCOLS.map((): Cost[] => []);
  const alone = PROTOCOLS.map((): number[] => []);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [index, protocol] of PROTOCOLS.entries()) {
      together[index]?.push(await measureTogether(subject, protocol, seconds));
      alone[index]?.push(await measureAlone(subject, protocol, seconds));
    }
  }
  console.log('P-256; median (lowest..highest) of the rounds');
  for (const [index, { name }] of PROTOCOLS.entries()) {
    const costs = together[index] ?? [];
    console.log(
      [
        name,
        `server CPU ${spread(
          costs.map(({ cpu }) => cpu),
          2,
        )} us`,
        `request ${costs[0]?.requestBytes.toFixed(0)} bytes`,
        `answer ${costs[0]?.answerBytes.toFixed(0)} bytes`,
        `alone ${spread(alone[index] ?? [], 0)} us`,
      ].join('  '),
    );
  }
} finally {
  await subject.stop();
}

function spread(measured: readonly number[], digits: number): string {
  const { median, lowest, highest } = spreadOf(measured);
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)}..${highest.toFixed(digits)})`;
}
