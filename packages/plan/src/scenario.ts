import { z } from 'zod';
import { KEY_TYPES } from './service-times.js';

const share = z
  .number({ error: 'must be a share from 0 to 1' })
  .min(0, { error: 'must be a share from 0 to 1' })
  .max(1, { error: 'must be a share from 0 to 1, e.g. 0.6 for 60 %' });
const name = z.string({ error: 'must be a name' }).min(1, { error: 'must be a name' });
const count = (least: number, what: string) =>
  z.int({ error: `must be ${what}` }).min(least, { error: `must be ${what}, at least ${least}` });
const positive = (what: string) =>
  z.number({ error: `must be ${what}` }).positive({ error: `must be ${what}, more than 0` });
const named = <Value extends z.ZodType>(value: Value, error: string) =>
  z.record(z.string(), value, { error });

const site = z.strictObject(
  {
    name,
    /** Full and resumed together, on average over a day. */
    handshakes_per_second: positive('the mean of handshakes per second over a day'),
    /** The share of handshakes that resume an earlier session, and need no operation. */
    resumption: share.default(0),
    /** Which share of full handshakes is signed with a key of which type. */
    keys: z
      .partialRecord(z.enum(KEY_TYPES), share, {
        error: `must say which share has which key type, of ${KEY_TYPES.join(', ')}, e.g. "{ p-256: 0.9, rsa-2048: 0.1 }"`,
      })
      .refine((keys) => Math.abs(sum(Object.values(keys)) - 1) < 0.001, {
        error: 'must have shares that add up to 1',
      }),
    /** The share of handshakes with TLS 1.2: these visitors cannot use delegated credentials. */
    tls_1_2: share.default(0.1),
    /** The share of visitors who accept a delegated credential (RFC 9345). */
    delegated_credentials: share.default(0),
    /** How busy each hour of the day is beside the others, 24 numbers. */
    day: z
      .array(z.number({ error: 'must be a number' }).min(0, { error: 'must not be less than 0' }), {
        error: 'must be 24 numbers, one for each hour',
      })
      .length(24, { error: 'must be 24 numbers, one for each hour' })
      .refine((hours) => sum(hours) > 0, { error: 'must have an hour that is not 0' })
      .optional(),
    /** How many times as much as in its busiest hour comes in a burst. */
    burst: z
      .number({ error: 'must be a factor' })
      .min(1, { error: 'must be a factor, at least 1' })
      .default(1),
  },
  { error: 'must be a site: "name: NAME", "handshakes_per_second: RATE", "keys: { TYPE: SHARE }"' },
);

const machine = z.strictObject(
  {
    name,
    processors: count(1, 'the number of processors'),
    /** Worker threads. Default: as many as there are processors, as the key server has. */
    workers: count(1, 'the number of worker threads').optional(),
    /** The file of a calibration, as `latchkey plan --calibrate` writes it. Default: the one that was made or given. */
    calibration: name.optional(),
    /** What one costs, in a unit of your own. Default: its processors. */
    cost: positive('what one costs').optional(),
  },
  { error: 'must be a machine: "name: NAME" and "processors: NUMBER"' },
);

/** A scenario as it is written down: which key servers, how many of them, is what is asked. */
export const scenarioSchema = z
  .strictObject(
    {
      target: z
        .strictObject(
          {
            /** What the private-key operation may add to a handshake, the way to the key server included, in 99 of 100. */
            p99_ms: positive('a number of milliseconds').default(50),
            /** The share of the processors' time that is used at most. */
            utilisation: share.default(0.7),
          },
          { error: 'must be "p99_ms: NUMBER" or "utilisation: SHARE"' },
        )
        .prefault({}),
      sites: z
        .array(site, { error: 'must be a list of sites' })
        .min(1, { error: 'must have at least one site' }),
      machines: z
        .array(machine, { error: 'must be a list of machines' })
        .min(1, { error: 'must have at least one machine' }),
      /** Where edges are. */
      edges: z
        .array(
          z.strictObject(
            {
              region: name,
              edges: count(1, 'the number of edges'),
              /** Of all visitors, in proportion to the other regions. */
              share: positive('how many of the visitors come here, in proportion to the other regions'),
            },
            { error: 'must be edges: "region: NAME", "edges: NUMBER", "share: NUMBER"' },
          ),
          { error: 'must be a list of regions with edges' },
        )
        .min(1, { error: 'must have at least one region' }),
      /** Where key servers can be. */
      key_servers: z
        .array(
          z.strictObject(
            {
              region: name,
              /** How many there are; without it, that is what is asked. */ count: count(
                1,
                'the number of key servers',
              ).optional(),
            },
            { error: 'must be "region: NAME"' },
          ),
          { error: 'must be a list of regions with key servers' },
        )
        .min(1, { error: 'must have at least one region' }),
      /** From each region of edges to each of key servers, in milliseconds, there and back. */
      round_trips_ms: named(
        named(
          z
            .number({ error: 'must be a number of milliseconds' })
            .min(0, { error: 'must not be less than 0' }),
          'must name regions of key servers, e.g. "{ frankfurt: 12 }"',
        ),
        'must name regions of edges',
      ),
      failures: z
        .strictObject(
          {
            /** Whether all must go on when any one region of key servers is lost. */
            lose_a_region: z.boolean({ error: 'must be true or false' }).default(true),
            /** Key servers that may be lost in every region at the same time. */
            servers_lost: count(0, 'the number of key servers that may be lost').default(1),
          },
          { error: 'must be "lose_a_region: true" or "servers_lost: NUMBER"' },
        )
        .prefault({}),
      simulation: z
        .strictObject(
          {
            /** Of made-up time, for each case. */
            seconds: positive('a number of seconds').max(3600, { error: 'must be 3600 at most' }).default(1),
            seed: count(0, 'a whole number').default(1),
          },
          { error: 'must be "seconds: NUMBER" or "seed: NUMBER"' },
        )
        .prefault({}),
    },
    {
      error: 'the file must hold keys with their values: sites, machines, edges, key_servers, round_trips_ms',
    },
  )
  .superRefine(({ sites, machines, edges, key_servers: keyServers, round_trips_ms: roundTrips }, context) => {
    const unique = (key: string, names: readonly string[]) => {
      for (const [index, one] of names.entries())
        if (names.indexOf(one) < index)
          context.addIssue({ code: 'custom', path: [key, index], message: `names ${one} a second time` });
    };
    unique(
      'sites',
      sites.map((one) => one.name),
    );
    unique(
      'machines',
      machines.map((one) => one.name),
    );
    unique(
      'edges',
      edges.map(({ region }) => region),
    );
    unique(
      'key_servers',
      keyServers.map(({ region }) => region),
    );
    for (const [index, { region }] of edges.entries())
      for (const { region: target } of keyServers)
        if (roundTrips[region]?.[target] === undefined)
          context.addIssue({
            code: 'custom',
            path: ['edges', index],
            message: `round_trips_ms does not say how far it is from ${region} to ${target}`,
          });
  });

/** A scenario in which everything that is named is there. */
export type Scenario = z.output<typeof scenarioSchema>;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
