import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from './parse.js';
import { shareOf } from './share.js';

const CONFIGURATION = `
private_key_stores:
  - uri: pkcs11:token=a?module-path=/lib/a.so&pin-value=1&max-sessions=5
audit_log: /var/log/audit.log
pid_file: /run/pid
metrics_port: 2406
`;

function sharesOf(extra: string): ReturnType<typeof shareOf>[] {
  const configuration = parseConfiguration(CONFIGURATION + extra, '/etc/server.yaml');
  return Array.from({ length: configuration.processes }, (_, index) => shareOf(configuration, index + 1));
}

describe('the share of a process', () => {
  it('adds up with the others to what the configuration has for all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 64, max: 256 }),
        fc.integer({ min: 64, max: 1_000_000 }),
        (processes, workers, inFlight) => {
          const shares = sharesOf(
            `processes: ${processes}\nworkers: ${workers}\nmaximum_in_flight_total: ${inFlight}\n`,
          );
          const sum = (values: readonly number[]): number =>
            values.reduce((total, value) => total + value, 0);
          expect(sum(shares.map((share) => share.workers))).toBe(workers);
          expect(sum(shares.map(({ bounds }) => bounds.maximumInFlight))).toBe(inFlight);
        },
      ),
    );
  });

  it('has one of each at least', () => {
    const shares = sharesOf('processes: 8\nworkers: 3\n');
    expect(shares.map(({ workers }) => workers)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(shares.map(({ pkcs11Uris }) => pkcs11Uris[0]?.maximumSessions)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('has an audit log of its own, and nothing that there is one of', () => {
    const [first, second] = sharesOf('processes: 2\n');
    expect(first?.auditLog?.file).toBe('/var/log/audit.log.process-1');
    expect(second?.auditLog?.file).toBe('/var/log/audit.log.process-2');
    expect(second?.pkcs11Uris[0]?.maximumSessions).toBe(2);
    expect(first).toMatchObject({ watchKeys: false });
    expect(first).not.toHaveProperty('pidFile');
    expect(first).not.toHaveProperty('admin');
  });
});
