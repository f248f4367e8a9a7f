import type { ProcessorPlan } from '@latchkey/load';
import { Deployment } from '../deployment/deployment.js';
import { measureVisits } from './honest-visits.js';
import type { Subject } from './subject.js';

const SITE = 'site.localhost';

/** Starts an edge with a key server of its own, which has the client's processor: only the edge itself has the server's. */
export async function startEdge(processors: ProcessorPlan | undefined): Promise<Subject> {
  const deployment = await Deployment.start({
    sites: [{ name: SITE, keyAlgorithm: 'p-256' }],
    edge: { processor: processors?.server },
  });
  const {
    edge,
    keyServers: [keyServer],
  } = deployment;
  const target = { host: '127.0.0.1', port: edge.port, servername: SITE };
  return {
    processIds: [edge.pid, keyServer.pid],
    target,
    measureP99: (load) => measureVisits(target, load),
    stop: () => deployment.stop(),
  };
}
