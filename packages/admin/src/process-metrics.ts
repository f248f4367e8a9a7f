import { collectDefaultMetrics, Registry } from 'prom-client';

/** Memory, CPU, garbage collection and event-loop delay of this process: the same for all key servers in it. */
export function processMetrics(): Registry {
  registry ??= collect();
  return registry;
}

let registry: Registry | undefined;

function collect(): Registry {
  const collected = new Registry();
  collectDefaultMetrics({ register: collected });
  for (const name of LISTS) collected.removeSingleMetric(name);
  return collected;
}

/** They list each single connection in order to count them; we count those ourselves. */
const LISTS = ['handles', 'requests', 'resources'].flatMap((kind) => [
  `nodejs_active_${kind}`,
  `nodejs_active_${kind}_total`,
]);
