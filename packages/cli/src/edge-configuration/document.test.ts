import { ConfigurationError } from '@latchkey/server';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeConfigurationText } from '../pki/index.js';
import { parseEdgeDocument } from './document.js';

const VALID = edgeConfigurationText(['a.example', 'b.example'], {
  keyServerPort: 2407,
  edgePort: 8443,
  origin: 'http://127.0.0.1:8080',
});

function parse(text: string) {
  return parseEdgeDocument({ path: 'edge.yaml', text });
}

function problemsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('parseEdgeDocument', () => {
  it('reads what latchkey pki writes', () => {
    expect(parse(VALID).values).toMatchObject({
      listen: { host: '127.0.0.1', port: 8443 },
      key_servers: [{ host: '127.0.0.1', port: 2407 }],
      sites: [{ server_names: ['a.example'] }, { server_names: ['b.example'] }],
    });
  });

  it('listens on port 8443 of all interfaces unless told otherwise, and takes a bare number for a port', () => {
    const withoutListen = VALID.replace(/^listen: .*\n/m, '');
    expect(parse(withoutListen).values.listen).toEqual({ port: 8443 });
    expect(parse(`${withoutListen}listen: 443\n`).values.listen).toEqual({ port: 443 });
  });

  it.each([
    ['http://127.0.0.1:8080', { url: ['http://127.0.0.1:8080'] }],
    ['[http://a, http://b]', { url: ['http://a', 'http://b'] }],
    ['{url: "https://a", protocol: h2, ca: ca.pem}', { url: ['https://a'], protocol: 'h2', ca: 'ca.pem' }],
  ])('takes %s for an origin', (text, origin) => {
    expect(parse(VALID.replace('http://127.0.0.1:8080', text)).values.origin).toEqual(origin);
  });

  it('names all that is wrong at once, each with its place', () => {
    const text = VALID.replace('listen: 127.0.0.1:8443', 'listen: here').replace(
      '    certificate:',
      '    certificat:',
    );
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^edge\.yaml:2:1: listen: must be an address to listen on/),
      expect.stringMatching(
        /^edge\.yaml:12:5: sites\.0\.certificat: is not known: did you mean certificate\?/,
      ),
    ]);
  });

  it.each([
    ['', 'origin: is missing'],
    ['- a\n', 'the file must hold keys'],
    ['a: [', 'edge.yaml:'],
    [
      VALID.replace('http://127.0.0.1:8080', 'ftp://origin.example'),
      'origin.url.0: must be an http: or https: URL',
    ],
    [VALID.replace('http://127.0.0.1:8080', '[]'), 'origin.url: must be an http: or https: URL'],
    [
      VALID.replace('http://127.0.0.1:8080', '{url: "http://a", protocol: h3}'),
      'origin.protocol: must be http/1.1 or h2',
    ],
    [VALID.replace('http://127.0.0.1:8080', '{url: "http://a", timeuot: 1}'), 'origin.timeuot: is not'],
    [`${VALID}workers: 0\n`, 'workers: must be a number of processes from 1 to 1024'],
    [`${VALID}admin: :2408\n`, 'admin: must be an address to listen on'],
    [`${VALID}limits: {header_size: 10}\n`, 'limits.header_size: must be a number of bytes'],
    [`${VALID}limits: {heder_size: 10}\n`, 'limits.heder_size: is not'],
    [
      VALID.replace('http://127.0.0.1:8080', 'http://127.0.0.1/path'),
      'origin.url.0: must be an http: or https: URL without a path',
    ],
    [VALID.replace('- a.example', '- "a example"'), 'sites.0.server_names.0: must be a host name'],
    [VALID.replace('- 127.0.0.1:2407', '- :2407'), 'key_servers.0: must be where key servers listen'],
    [`${VALID}    key_servers: []\n`, 'sites.1.key_servers: must name at least one key server'],
    [`${VALID}hedging: {share: 2}\n`, 'hedging.share: must be a share from 0 to 1'],
    [`${VALID}hedging: {minimum_delay: soon}\n`, 'hedging.minimum_delay: must be a number of milliseconds'],
    [`${VALID}name_servers: 127.0.0.1\n`, 'name_servers: must be a list of IP addresses'],
    [`${VALID}${VALID}`, 'unique'],
    [`${VALID}handshake_timeout: 0\n`, 'handshake_timeout: must be a number of milliseconds'],
    [`${VALID}handshake_timeout: soon\n`, 'handshake_timeout: must be a number of milliseconds'],
    [
      VALID.replace(/ certificate: (.*)/, ' certificate: { chain: $1, ocsp: yes }'),
      'sites.0.certificate.ocsp: is not a key of the configuration',
    ],
    [`${VALID}profile: old\n`, 'profile: must be modern or intermediate'],
    [`${VALID}ocsp_stapling: maybe\n`, 'ocsp_stapling: must be true or false'],
    [
      VALID.replace(/ certificate: .*/, ' certificate: []'),
      'certificate: must name at least one certificate',
    ],
    [
      VALID.replace(/ certificate: (.*)/, ' certificate: { chain: $1, ocsp_file: a, ocsp_url: "http://b" }'),
      'ocsp_url: cannot be used together with ocsp_file',
    ],
    [
      VALID.replace(/ certificate: (.*)/, ' certificate: { chain: $1, ocsp_url: "ftp://b" }'),
      'must be an http: or https: URL',
    ],
    [`${VALID}resumption: { tickets: 17 }\n`, 'resumption.tickets: must be a number of tickets from 0 to 16'],
    [
      `${VALID}resumption: { session_lifetime: 0 }\n`,
      'resumption.session_lifetime: must be a number of seconds',
    ],
    [`${VALID}resumption: { redis: "http://a" }\n`, 'resumption.redis: must be a redis: or rediss: URL'],
    [`${VALID}resumption: { redis: "redis://a" }\n`, 'resumption.redis_secret_file: is missing'],
    [
      `${VALID}resumption: { redis: "redis://a", redis_secret_file: b, ticket_key_file: c }\n`,
      'resumption.ticket_key_file: cannot be used together with redis',
    ],
    [
      `${VALID}    delegated_credentials: true\nprotocols: [kssl1]\n`,
      'sites.1.delegated_credentials: needs kssl2, which protocols leaves out',
    ],
    [
      `${VALID}protocols: [kssl1]\n`.replace(/ +certificate: .*\n/, ''),
      'sites.0.certificate: is missing: it says which file',
    ],
    [`${VALID}    delegated_credentials: often\n`, 'sites.1.delegated_credentials: must be true, false, or'],
    [
      `${VALID}    delegated_credentials: {lifetime: 599}\n`,
      'sites.1.delegated_credentials.lifetime: must be a number of seconds from 600 to 601200',
    ],
    [
      VALID.replace(/- a\.example/, '- *.a.example'),
      "edge.yaml:11:9: nothing is called &.a.example; a text that begins with * must be in quotes: '*.a.example'",
    ],
    [`${VALID}    allow_static_rsa: yes please\n`, 'sites.1.allow_static_rsa: must be true or false'],
  ])('refuses %j', (text, message) => {
    expect(problemsOf(text).join('\n')).toContain(message);
  });

  it('refuses aliases that grow without measure', () => {
    const levels = ['a', 'b', 'c', 'd'].map(
      (name, index, all) =>
        `${name}: &${name} [${Array(10)
          .fill(index === 0 ? 'x' : `*${all[index - 1]}`)
          .join(', ')}]\n`,
    );
    expect(problemsOf(VALID + levels.join('')).join('\n')).toContain('Excessive alias count');
  });

  it('answers any damage to a file with a ConfigurationError, if with anything', () => {
    const damage = fc.tuple(fc.nat(VALID.length), fc.nat(20), fc.string({ maxLength: 10, unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        let text = VALID;
        for (const [offset, removed, inserted] of damages)
          text = text.slice(0, offset) + inserted + text.slice(offset + removed);
        problemsOf(text);
      }),
      { numRuns: 500 },
    );
  });
});
