import { resolve } from 'node:path';
import { nearest } from '@latchkey/server';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import {
  createDevelopmentPki,
  DEFAULT_ADDRESSES,
  DEFAULT_SITES,
  KEY_ALGORITHMS,
  writeDevelopmentPki,
  type KeyAlgorithm,
  type SiteOptions,
} from '../pki/index.js';
import { parseInteger, parsePort } from '../command-line/values.js';

const DAY = 24 * 3_600_000;

/** `latchkey pki`: certificates and configuration to try things with. */
export const pkiCommand = defineCommand({
  name: 'pki',
  summary: 'make a development CA with key server, edge and site certificates',
  usage: 'DIR [options]',
  description: `
Fills the folder DIR with all that a key server and an edge need on one machine:

  channel/      the certificates that key server and edge show each other, and their CA
  sites/        the certificates that the edge shows to visitors, and their CA (sites/ca.pem)
  keys/         the sites' private keys, which only the key server needs
  server.yaml   for latchkey server --config
  edge.yaml     for latchkey edge --config

Not for production: the authorities' own keys are thrown away once all is signed.`,
  options: {
    site: {
      type: 'string',
      multiple: true,
      placeholder: 'NAME[=KEY]',
      help: `a site and what key it has: ${KEY_ALGORITHMS.join(', ')}; may be repeated; default: ${DEFAULT_SITES.map(({ name, keyAlgorithm }) => `${name}=${keyAlgorithm}`).join(' and ')}`,
    },
    delegation: {
      type: 'boolean',
      help: 'let the keys of ECDSA sites sign delegated credentials (RFC 9345), and have key server and edge use them',
    },
    'key-server-name': {
      type: 'string',
      multiple: true,
      placeholder: 'NAME',
      help: 'a further host name or IP address of the key server, besides localhost, 127.0.0.1 and ::1; may be repeated',
    },
    days: { type: 'string', placeholder: 'N', help: 'how many days the certificates are valid; default 365' },
    'key-server-port': { type: 'string', placeholder: 'PORT', help: 'for server.yaml; default 2407' },
    'edge-port': { type: 'string', placeholder: 'PORT', help: 'for edge.yaml; default 8443' },
    origin: {
      type: 'string',
      placeholder: 'URL',
      help: `for edge.yaml; default ${DEFAULT_ADDRESSES.origin}`,
    },
    force: { type: 'boolean', help: 'write into a folder that is not empty, over what has the same name' },
  },
  positionals: { minimum: 1, maximum: 1 },
  execute: async (values, [directory = ''], { output }) => {
    const days = parseInteger('--days', values.days ?? '365', { minimum: 1, maximum: 3650 });
    const addresses = {
      keyServerPort: parsePort('--key-server-port', values['key-server-port'] ?? '2407'),
      edgePort: parsePort('--edge-port', values['edge-port'] ?? '8443'),
      origin: values.origin ?? DEFAULT_ADDRESSES.origin,
    };
    const pki = await createDevelopmentPki({
      sites: (values.site.length > 0 ? values.site.map(parseSite) : DEFAULT_SITES).map((site) => ({
        ...site,
        allowsDelegation: values.delegation && isEcdsa(site.keyAlgorithm),
      })),
      keyServerNames: values['key-server-name'],
      validity: { notAfter: new Date(Date.now() + days * DAY) },
    });
    await writeDevelopmentPki(pki, directory, { addresses, force: values.force });
    output.write(
      [
        `${resolve(directory)} now holds certificates, keys and configuration. Next, each in a terminal of its own:`,
        `  latchkey server --config ${directory}/server.yaml`,
        `  latchkey edge --config ${directory}/edge.yaml`,
        `  latchkey check --config ${directory}/edge.yaml`,
        '',
      ].join('\n'),
    );
    return ExitCode.OK;
  },
});

function parseSite(text: string): SiteOptions {
  const [name = '', keyAlgorithm = 'p-256'] = text.split('=', 2);
  // The name becomes part of a path.
  if (!/^(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/i.test(name))
    throw new UsageError(`--site ${text}: '${name}' is not a host name`);
  if (!isKeyAlgorithm(keyAlgorithm)) {
    const suggestion = nearest(keyAlgorithm, KEY_ALGORITHMS);
    throw new UsageError(
      `--site ${text}: there is no key '${keyAlgorithm}'; ${suggestion === undefined ? `choose from ${KEY_ALGORITHMS.join(', ')}` : `did you mean '${suggestion}'?`}`,
    );
  }
  return { name: name.toLowerCase(), keyAlgorithm };
}

function isEcdsa(algorithm: KeyAlgorithm | undefined): boolean {
  return algorithm === undefined || algorithm.startsWith('p-');
}

function isKeyAlgorithm(text: string): text is KeyAlgorithm {
  return (KEY_ALGORITHMS as readonly string[]).includes(text);
}
