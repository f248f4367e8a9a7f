import type { HandshakesOrder, OperationKind, Pace, WorkOrder } from '@latchkey/load';
import { formatAddress, KEY_SERVER_PORT, parseListenAddress } from '../addresses.js';
import { makePlan } from '../check/plan.js';
import { UsageError } from '../command-line/errors.js';
import { parseInteger } from '../command-line/values.js';
import type { CertificateFile } from '../pem-files.js';

/** What the command line says of the work, as text. */
export interface WorkWords {
  readonly config: string | undefined;
  readonly server: readonly string[];
  readonly 'server-name': string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly 'site-certificate': readonly string[];
  readonly mix: readonly string[];
  readonly connections: string | undefined;
  readonly depth: string | undefined;
  readonly 'one-per-record': boolean;
  readonly tls: string | undefined;
  readonly resumed: string | undefined;
  readonly 'certificate-type': string | undefined;
  readonly group: string | undefined;
  readonly ciphers: string | undefined;
}

/** What can be measured, by its name on the command line. */
export const WORKS = { operations, handshakes, requests } as const satisfies Readonly<
  Record<string, (words: WorkWords, target: string | undefined) => WorkOrder | Promise<WorkOrder>>
>;

/**
 * Reads when requests come: a closed loop where no rate is given.
 *
 * @throws {UsageError}
 */
export function parsePace(rate: string | undefined, arrivals: string | undefined): Pace {
  if (rate === undefined) {
    if (arrivals !== undefined) throw new UsageError('--arrivals needs --rate');
    return { type: 'closed_loop' };
  }
  return {
    type: 'open_loop',
    rate: parseInteger('--rate', rate, { minimum: 1, maximum: 10_000_000 }),
    arrivals: parseChoice('--arrivals', arrivals ?? 'poisson', ['poisson', 'constant']),
  };
}

async function operations(words: WorkWords, target: string | undefined): Promise<WorkOrder> {
  const plan = await makePlan({
    config: words.config,
    servers: target === undefined ? words.server : [target],
    serverName: words['server-name'],
    certificate: words.certificate,
    key: words.key,
    ca: words.ca,
    siteCertificates: words['site-certificate'],
    timeout: 0,
  });
  const [address] = plan.keyServers;
  if (address === undefined || !('host' in address))
    throw new UsageError('bench reaches a key server by HOST:PORT only');
  const { certificate, key, ca } = plan.channel;
  return {
    type: 'operations',
    channel: {
      host: address.host,
      port: address.port ?? KEY_SERVER_PORT,
      ...(address.serverName !== undefined && { servername: address.serverName }),
      ca: ca.text,
      cert: certificate.text,
      key: key.text,
    },
    kinds: kindsOf(words.mix, plan.sites),
    connections: parseInteger('--connections', words.connections ?? '2', { minimum: 1, maximum: 1000 }),
    depth: parseInteger('--depth', words.depth ?? '256', { minimum: 1, maximum: 65_536 }),
    records: words['one-per-record'] ? 'one_request' : 'shared',
  };
}

function handshakes(words: WorkWords, target: string | undefined): HandshakesOrder {
  const { host = '127.0.0.1', port } = addressOf(target, words.server);
  const certificate = words['certificate-type'];
  return {
    type: 'handshakes',
    host,
    port,
    serverName: words['server-name'] ?? host,
    resumedShare: shareOf(words.resumed ?? '0'),
    concurrency: parseInteger('--connections', words.connections ?? '20', { minimum: 1, maximum: 10_000 }),
    ...(words.tls !== undefined && {
      version: `TLSv${parseChoice('--tls', words.tls, ['1.2', '1.3'])}` as const,
    }),
    ...(certificate !== undefined && {
      certificate: parseChoice('--certificate-type', certificate, ['rsa', 'ecdsa', 'ed25519']),
    }),
    ...(words.group !== undefined && { group: words.group }),
    ...(words.ciphers !== undefined && { ciphers: words.ciphers }),
  };
}

function requests(words: WorkWords, target: string | undefined): WorkOrder {
  if (target === undefined || !URL.canParse(target) || !/^https?:/.test(target))
    throw new UsageError('which URL? latchkey bench requests https://HOST:PORT/');
  return {
    type: 'requests',
    url: target,
    connections: parseInteger('--connections', words.connections ?? '20', { minimum: 1, maximum: 10_000 }),
    ...(words['server-name'] !== undefined && { serverName: words['server-name'] }),
  };
}

/** What the key of each site can be asked for, in the shares that were given: `sign=9`, `decrypt=1`, `ping=2`. */
function kindsOf(mix: readonly string[], sites: readonly CertificateFile[]): OperationKind[] {
  const words = mix.length > 0 ? mix : [sites.length > 0 ? 'sign' : 'ping'];
  return words.flatMap((word) => {
    const [, what, weight = '1'] = /^(ping|sign|decrypt)(?:=(\d+))?$/.exec(word) ?? [];
    if (what === undefined)
      throw new UsageError(`--mix ${word}: expected ping, sign or decrypt, with a share such as sign=9`);
    const whole = parseInteger('--mix', weight, { minimum: 1, maximum: 1000 });
    if (what === 'ping') return [{ label: 'ping', operation: 'ping' as const, weight: whole }];
    const kinds = sites.flatMap((site) => kindOf(what, site) ?? []);
    if (kinds.length === 0)
      throw new UsageError(`--mix ${word}: no --site-certificate names a key that can do it`);
    return kinds.map((kind) => ({ ...kind, weight: whole / kinds.length }));
  });
}

function kindOf(what: string, { path, leaf }: CertificateFile): OperationKind | undefined {
  const { publicKey } = leaf;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  if (what === 'decrypt')
    return type === 'rsa'
      ? { label: `${path} decrypt`, operation: 'decrypt_block', publicKey: pem }
      : undefined;
  const hashes: Readonly<Record<string, 'ecdsa_sha256' | 'ecdsa_sha384' | 'ecdsa_sha512'>> = {
    prime256v1: 'ecdsa_sha256',
    secp384r1: 'ecdsa_sha384',
    secp521r1: 'ecdsa_sha512',
  };
  const operation =
    type === 'rsa' ? 'rsa_pss_sha256' : type === 'ed25519' ? 'ed25519' : hashes[details?.namedCurve ?? ''];
  return operation && { label: `${path} ${operation}`, operation, publicKey: pem };
}

function addressOf(target: string | undefined, servers: readonly string[]) {
  const text = target ?? servers[0];
  const address = text === undefined ? undefined : parseListenAddress(text);
  if (address === undefined || address.port === 0)
    throw new UsageError('which server? latchkey bench handshakes HOST:PORT');
  return address;
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1))
    throw new UsageError(`--resumed ${text}: expected a share from 0 (none) to 1 (all)`);
  return share;
}

function parseChoice<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new UsageError(`${option} ${text}: expected one of ${choices.join(', ')}`);
  return choice;
}

/** What is measured, in a few words. */
export function titleOf(work: WorkOrder): string {
  switch (work.type) {
    case 'operations':
      return `operations of ${formatAddress(work.channel)}`;
    case 'handshakes':
      return `handshakes with ${formatAddress(work)}`;
    default:
      return `requests to ${work.url}`;
  }
}
