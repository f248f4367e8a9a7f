import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Pauses } from '@latchkey/plan';
import { confine } from '@latchkey/load';

/** Measures the pauses of several processors at the same time. */
export async function measurePausesOf(
  processors: readonly number[],
  milliseconds: number,
): Promise<readonly Pauses[]> {
  const meters = await Promise.all(processors.map(startMeter));
  const found = meters.map(async (meter) => {
    const [pauses] = (await once(meter, 'message')) as [Pauses];
    return pauses;
  });
  for (const meter of meters) meter.send(milliseconds);
  return Promise.all(found);
}

async function startMeter(processor: number): Promise<ChildProcess> {
  const meter = fork(fileURLToPath(new URL('./pause-meter.js', import.meta.url)), { execArgv: [] });
  await once(meter, 'spawn');
  if (meter.pid !== undefined) await confine(meter.pid, processor);
  return meter;
}
