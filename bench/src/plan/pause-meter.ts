/** A process of its own that measures the pauses of the processor it is confined to, and sends what it found. */
import { measurePauses } from 'latchkey/plan';

process.once('message', (milliseconds: number) => {
  process.send?.(measurePauses(milliseconds), () => process.disconnect());
});
