import { once } from 'node:events';
import type { ChannelOptions } from '@latchkey/load/kssl1';
import { comeLast } from '../precedence.js';
import { type AttackName, ATTACKS } from './attacks.js';

/** What an attacker is told when it is started; it sends anything back once it is under way. */
export interface AttackOrder {
  readonly attack: AttackName;
  readonly channel: ChannelOptions;
}

const [{ attack, channel }] = (await once(process, 'message')) as [AttackOrder];
// It shares a processor with the honest client, whom it is to harm through the key server alone: whoever is not of this
// policy has the processor as soon as they want it. A low priority would still let it finish its turn of some milliseconds.
await comeLast(process.pid);
// Whatever becomes of the process that started it.
setTimeout(() => process.exit(), 120_000);
process.on('disconnect', () => process.exit());
await ATTACKS[attack](channel);
process.send?.('under way');
