import type { ConfigurationKey } from './schema.js';

/** What each key of the configuration is for: for the help of the command line, the JSON Schema and the documentation. */
export const KEY_DESCRIPTIONS: Readonly<Record<ConfigurationKey, string>> = {
  port: 'TCP port to listen on; 0: one that is free',
  address: 'IP address or host name to listen on; without it, all interfaces',
  unix_socket: 'Unix socket to listen on, in the place of TCP unless port or address are set too',
  auth_cert: "the key server's certificate for the channel, PEM, intermediates after it",
  auth_key: 'the private key of that certificate, PEM',
  cloudflare_ca_cert: 'the authorities whose client certificates are let in, PEM',
  crl_files:
    'certificate revocation lists of those authorities, PEM or DER; without any, revocation is not checked',
  protocols: 'what is spoken with edges: kssl2, with those that offer it, and kssl1, with all others',
  private_key_stores: 'where the private keys are: folders, files and PKCS#11 tokens',
  private_key_dirs: 'folders to search, with their subfolders, for *.key files',
  private_key_files: 'private key files',
  certificate_dirs:
    "folders to search, with their subfolders, for sites' certificate chains (*.pem, *.crt), which edges get that may use their keys",
  policy_file: 'who may do what with which key; without it, every client may sign with every key',
  rsa_decrypt:
    'whether RSA decryption is performed where there is no policy: whoever may ask for it can read recorded sessions',
  delegated_credentials:
    'whether delegated credentials are signed where there is no policy: with one an edge needs no key server for days',
  workers: 'threads for private-key operations; without it, one per core but one',
  processes:
    'processes that move the bytes, on the same addresses; workers, bounds and sessions of tokens are for all of them together',
  handshake_timeout: 'time from accepting a connection to the end of its TLS handshake',
  idle_timeout: 'time after which a connection is closed on which nothing happens',
  operation_timeout: 'time from the arrival of a request to its answer; after it the answer is an error',
  maximum_in_flight:
    'requests of one connection that are worked on at once; at that many it is no longer read',
  maximum_queued_bytes:
    'bytes of answers that wait for a slow reader; at that many its connection is no longer read',
  maximum_in_flight_total: 'requests of all connections that are worked on at once',
  maximum_connections: 'connections at once; more are closed',
  maximum_new_connections_per_second:
    'new connections per second, twice as many at once; more wait for room, on a Unix socket they are closed',
  drain_timeout: 'time that requests may take to be answered once the key server has been told to end',
  watch_keys:
    "whether the folders of private keys and sites' certificates are watched, and read again when something changes",
  sealing_secret_file:
    'secrets that the keys are derived from which seal session tickets; without it, nothing is sealed',
  sealing_rotation_interval:
    'time for which one key seals before the next one does; the same at all replicas',
  sealing_lifetime: 'time for which what was sealed can be unsealed; the same at all replicas',
  audit_log: 'file to which every operation is written down; without it, none is',
  audit_log_key_file: 'key that protects the audit log against whoever can write to it',
  audit_log_on_failure: 'what to do when the audit log cannot be written',
  audit_log_maximum_bytes: 'size at which a new file of the audit log is begun',
  audit_log_maximum_age: 'age at which a new file of the audit log is begun',
  metrics_addr: 'IP address or host name at which metrics and the status page are served, over plain HTTP',
  metrics_port: 'port for metrics and the status page; 0: one that is free; off: nowhere',
  loglevel: '0 (debug) to 5 (fatal), or trace, debug, info, warn, error, fatal or silent',
  pid_file: 'file to write the process id to',
};
