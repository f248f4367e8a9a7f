import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigurationError } from '../errors.js';
import type { KeyStoreLocation, ListenAddress, ServerConfiguration } from './configuration.js';
import { type Entry, readConfigurationFile } from './file.js';
import { problemOf } from './issue.js';
import type { ConfigurationProblem } from './problem.js';
import { ALIASES, type ConfigurationKey, configurationSchema, UNUSED_KEYS } from './schema.js';
import { nearest } from './suggestion.js';

/** A value that a flag or an environment variable puts in the place of the file's. */
export interface ConfigurationOverride {
  /** As in a file; hyphens and underscores are the same. */
  readonly key: string;
  /** Text, unless its key takes more than a word or a list of words. */
  readonly value: unknown;
  /** For messages: what set it, e.g. `--port`. */
  readonly source: string;
}

/**
 * Reads a configuration: YAML with the keys that the field's key server has (a file of its works as it stands) and our
 * own. Hyphens and underscores in keys are the same; a key without a value is as good as absent.
 *
 * @param text the file's content
 * @param fileName the file's name: for messages, and relative paths in it are resolved against its folder
 * @param overrides what goes before the file, the later before the earlier; relative paths are resolved against the
 *   current folder
 * @throws {ConfigurationError} that names every problem with its line, column and key
 */
export function parseConfiguration(
  text: string,
  fileName: string,
  overrides: readonly ConfigurationOverride[] = [],
): ServerConfiguration {
  const { values, settings } = readSettings(text, fileName, overrides);
  return toConfiguration(values, settings, dirname(fileName));
}

/** What {@link parseConfiguration} makes a configuration of. */
export interface CheckedSettings {
  readonly values: Values;
  readonly settings: Settings;
}

/**
 * The first half of {@link parseConfiguration}, with the same parameters.
 *
 * @throws {ConfigurationError} likewise
 */
export function readSettings(
  text: string,
  fileName: string,
  overrides: readonly ConfigurationOverride[] = [],
): CheckedSettings {
  const settings = collectSettings(readConfigurationFile(text, fileName), fileName, overrides);
  const written = Object.fromEntries([...settings.byKey].map(([key, { entry }]) => [key, entry.value]));
  const outcome = configurationSchema.safeParse(written);

  const problems = [
    ...settings.problems,
    ...(outcome.error?.issues ?? []).map((issue) =>
      problemOf(issue, (key) => settings.byKey.get(key)?.entry, fileName),
    ),
  ];
  if (!hasKeyStores(settings.byKey)) {
    problems.push({
      source: fileName,
      key: 'private_key_stores',
      message:
        'is missing: say where the private keys are, e.g. "private_key_stores: [{dir: /etc/keyless/keys}]"',
    });
  }
  if (!outcome.success || problems.length > 0) {
    throw new ConfigurationError(problems.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity)));
  }
  return { values: outcome.data, settings };
}

/** The values that the schema has accepted. */
type Values = z.output<typeof configurationSchema>;

/** Makes a path absolute, by the folder of what has set the key. */
type ToPath = (key: ConfigurationKey, path: string) => string;

/** An entry and the folder that its paths are relative to. */
export interface Setting {
  readonly entry: Entry;
  readonly folder: string;
}

interface Settings {
  /** What somebody has set, by the one true name of the key. */
  readonly byKey: ReadonlyMap<string, Setting>;
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly string[];
}

function collectSettings(
  fileEntries: readonly Entry[],
  fileName: string,
  overrides: readonly ConfigurationOverride[],
): Settings {
  const byKey = new Map<string, Setting>();
  const problems: ConfigurationProblem[] = [];
  const warnings: string[] = [];
  for (const entry of fileEntries) {
    const key = canonicalKey(entry.name);
    if (UNUSED_KEYS.has(key)) {
      if (!isEmpty(entry.value))
        warnings.push(`${fileName}:${entry.line}: ${entry.name} is not used by this version`);
    } else if (!isConfigurationKey(key)) {
      problems.push({ ...placeOf(entry), key: entry.name, message: unknownKey(key) });
    } else if (byKey.has(key)) {
      problems.push({
        ...placeOf(entry),
        key: entry.name,
        message: `stands there twice, as ${key} too: keep one`,
      });
    } else if (!isEmpty(entry.value)) {
      byKey.set(key, { entry, folder: dirname(fileName) });
    }
  }
  for (const { key: name, value, source } of overrides) {
    const key = canonicalKey(name);
    if (isConfigurationKey(key)) byKey.set(key, { entry: { name, value, source }, folder: '.' });
    else if (!UNUSED_KEYS.has(key)) problems.push({ source, key: name, message: unknownKey(key) });
  }
  return { byKey, problems, warnings };
}

function toConfiguration(
  data: z.output<typeof configurationSchema>,
  { byKey, warnings }: Settings,
  fileFolder: string,
): ServerConfiguration {
  const toPath: ToPath = (key, path) => resolve(byKey.get(key)?.folder ?? fileFolder, path);
  const toLocation = (key: ConfigurationKey, type: KeyStoreLocation['type']) => (path: string) =>
    ({ type, path: toPath(key, path) }) as const;
  const stores = data.private_key_stores.flatMap((entry) => {
    if (entry.type !== 'location') return [];
    const { type, path, passphrase } = entry.location;
    const location = toLocation('private_key_stores', type)(path);
    if (passphrase?.type !== 'file') return { ...location, ...(passphrase && { passphrase }) };
    return {
      ...location,
      passphrase: { ...passphrase, path: toPath('private_key_stores', passphrase.path) },
    };
  });
  return {
    listen: listenAddresses(data, byKey, toPath),
    channel: {
      certificateFile: toPath('auth_cert', data.auth_cert),
      keyFile: toPath('auth_key', data.auth_key),
      clientCaFile: toPath('cloudflare_ca_cert', data.cloudflare_ca_cert),
      revocationListFiles: data.crl_files.map((file) => toPath('crl_files', file)),
    },
    protocols: new Set(data.protocols),
    keyStores: [
      ...stores,
      ...data.private_key_dirs.map(toLocation('private_key_dirs', 'directory')),
      ...data.private_key_files.map(toLocation('private_key_files', 'file')),
    ],
    pkcs11Uris: data.private_key_stores.flatMap((entry) => (entry.type === 'pkcs11' ? entry.uri : [])),
    certificateFolders: data.certificate_dirs.map((folder) => toPath('certificate_dirs', folder)),
    rsaDecrypt: data.rsa_decrypt,
    delegatedCredentials: data.delegated_credentials,
    ...(data.policy_file === undefined ? {} : { policyFile: toPath('policy_file', data.policy_file) }),
    workers: data.workers,
    processes: data.processes,
    limits: {
      handshakeTimeout: data.handshake_timeout,
      idleTimeout: data.idle_timeout,
      operationTimeout: data.operation_timeout,
      maximumInFlight: data.maximum_in_flight,
      maximumQueuedBytes: data.maximum_queued_bytes,
    },
    ...adminAddress(data, byKey),
    bounds: {
      maximumInFlight: data.maximum_in_flight_total,
      maximumConnections: data.maximum_connections,
      maximumNewConnectionsPerSecond: data.maximum_new_connections_per_second,
    },
    ...sealingOf(data, toPath),
    ...auditLogOf(data, toPath),
    watchKeys: data.watch_keys,
    drainTimeout: data.drain_timeout,
    logLevel: data.loglevel,
    ...(data.pid_file === undefined ? {} : { pidFile: toPath('pid_file', data.pid_file) }),
    warnings: [...warnings, ...policyWarnings(data)],
  };
}

function policyWarnings({ policy_file, rsa_decrypt, delegated_credentials }: Values): string[] {
  if (policy_file === undefined) return [];
  const warnings: string[] = [];
  if (rsa_decrypt)
    warnings.push('rsa_decrypt has no effect beside policy_file: allow "decrypt" in the policy');
  if (delegated_credentials)
    warnings.push(
      'delegated_credentials has no effect beside policy_file: allow "sign_delegated_credential" in the policy',
    );
  return warnings;
}

function sealingOf(data: Values, toPath: ToPath): Pick<ServerConfiguration, 'sealing'> {
  if (data.sealing_secret_file === undefined) return {};
  return {
    sealing: {
      secretFile: toPath('sealing_secret_file', data.sealing_secret_file),
      rotationInterval: data.sealing_rotation_interval,
      lifetime: data.sealing_lifetime,
    },
  };
}

function auditLogOf(data: Values, toPath: ToPath): Pick<ServerConfiguration, 'auditLog'> {
  if (data.audit_log === undefined) return {};
  const keyFile = data.audit_log_key_file;
  return {
    auditLog: {
      file: toPath('audit_log', data.audit_log),
      ...(keyFile === undefined ? {} : { keyFile: toPath('audit_log_key_file', keyFile) }),
      onFailure: data.audit_log_on_failure,
      maximumBytes: data.audit_log_maximum_bytes,
      maximumAge: data.audit_log_maximum_age,
    },
  };
}

// A Unix socket comes in the place of TCP, unless port or address say that both are wanted.
function listenAddresses(
  { port, address, unix_socket }: z.output<typeof configurationSchema>,
  byKey: Settings['byKey'],
  toPath: ToPath,
): ListenAddress[] {
  const addresses: ListenAddress[] = [];
  if (unix_socket === undefined || byKey.has('port') || byKey.has('address')) {
    addresses.push({ type: 'tcp', port, ...(address === undefined ? {} : { host: address }) });
  }
  if (unix_socket !== undefined) addresses.push({ type: 'unix', path: toPath('unix_socket', unix_socket) });
  return addresses;
}

// A machine may run several key servers: of those that say nothing, only one can have the default port.
function adminAddress(
  { metrics_addr: host, metrics_port: port }: z.output<typeof configurationSchema>,
  byKey: Settings['byKey'],
): Pick<ServerConfiguration, 'admin'> {
  if (port === null) return {};
  return { admin: { host, port, required: byKey.has('metrics_port') || byKey.has('metrics_addr') } };
}

function hasKeyStores(byKey: Settings['byKey']): boolean {
  return ['private_key_stores', 'private_key_dirs', 'private_key_files'].some((key) => byKey.has(key));
}

/** The one true name of what somebody calls a key, if there is such a key. */
export function canonicalKey(name: string): string {
  const key = name.trim().toLowerCase().replaceAll('-', '_');
  return ALIASES.get(key) ?? key;
}

export function isConfigurationKey(key: string): key is ConfigurationKey {
  return Object.hasOwn(configurationSchema.shape, key);
}

function unknownKey(key: string): string {
  const suggestion = nearest(key, [
    ...Object.keys(configurationSchema.shape),
    ...ALIASES.keys(),
    ...UNUSED_KEYS,
  ]);
  return suggestion === undefined
    ? 'is not a key of the configuration'
    : `is not known: did you mean ${suggestion}?`;
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function placeOf({ source, line, column }: Entry): Pick<ConfigurationProblem, 'source' | 'line' | 'column'> {
  return { source, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}
