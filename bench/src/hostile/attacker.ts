import { once } from 'node:events';
import { comeLast } from '../precedence.js';
import type { Target } from './attack.js';
import { ATTACKS, type SubjectName } from './attacks.js';

/** What an attacker is told when it is started; it sends anything back once it is under way. */
export interface AttackOrder {
  readonly subject: SubjectName;
  /** One of the subject's. */
  readonly attack: string;
  readonly target: Target;
}

const [{ subject, attack, target }] = (await once(process, 'message')) as [AttackOrder];
// It shares a processor with the honest client, whom it is to harm through the server alone: whoever is not of this
// policy has the processor as soon as they want it. A low priority would still let it finish its turn of some milliseconds.
await comeLast(process.pid);
// Whatever becomes of the process that started it.
setTimeout(() => process.exit(), 120_000);
process.on('disconnect', () => process.exit());
await ATTACKS[subject][attack]?.(target);
process.send?.('under way');
