import type { ServiceTimes } from '../service-times.js';

/** A machine that nobody has: costs that are easy to reckon with. */
export const SERVICE_TIMES: ServiceTimes = {
  turn: 20,
  wake: 0,
  request: 2,
  handover: 35,
  floor: 100,
  hop: 50,
  operations: {
    'p-256': { lane: 'inline', batches: [{ size: 1, microseconds: 20 }] },
    'rsa-2048': { lane: 'short', batches: [{ size: 1, microseconds: 300 }] },
    'rsa-4096': { lane: 'long', batches: [{ size: 1, microseconds: 4000 }] },
  },
};
