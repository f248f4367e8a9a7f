import { createSecureServer, createServer, createTlsServer, EdgeOptionsError } from '@latchkey/edge';
import { expect, it } from 'vitest';
import { makeSite } from './fixture.js';

const site = await makeSite();
const { certificateChain, keyService } = site;

function optionAtFault(options: object): string {
  try {
    createServer(options);
  } catch (error) {
    if (error instanceof EdgeOptionsError) return error.option;
    throw error;
  }
  throw new Error('the options were accepted');
}

it.each<[string, object]>([
  ['certificateChain', {}],
  ['certificateChain', { keyService }],
  ['certificateChain', { keyService, certificateChain: '' }],
  ['certificateChain', { keyService, certificateChain: 'nonsense' }],
  ['keyService', { certificateChain }],
  ['key', { ...site, key: 'a private key' }],
  ['cert', { keyService, cert: certificateChain }],
  ['SNICallback', { ...site, SNICallback: () => {} }],
  ['requestCert', { ...site, requestCert: true }],
  ['ciphers', { ...site, ciphers: 'NONSENSE' }],
  ['ciphers', { ...site, ciphers: 'TLS_NONSENSE' }],
  ['groups', { ...site, groups: 'nonsense' }],
  ['minVersion', { ...site, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }],
  ['minVersion', { ...site, minVersion: 'SSLv3' }],
  ['sessionTimeout', { ...site, sessionTimeout: 0 }],
  ['ticketCount', { ...site, ticketCount: 17 }],
  ['ticketKeys', { ...site, ticketKeys: [Buffer.alloc(48)] }],
  ['ALPNProtocols', { ...site, ALPNProtocols: [''] }],
  ['handshakeTimeout', { ...site, handshakeTimeout: 0 }],
  ['handshakeTimeout', { ...site, handshakeTimeout: '10s' }],
  ['maximumPendingHandshakes', { ...site, maximumPendingHandshakes: 0.5 }],
  ['sites', { sites: [] }],
  ['sites[0].serverNames', { sites: [{ ...site, serverNames: [] }] }],
  ['sites[0].serverNames', { sites: [{ ...site, serverNames: ['a b'] }] }],
  ['sites[1].serverNames', { sites: [site, site].map((each) => ({ ...each, serverNames: ['a.example'] })) }],
  ['sites[0].keyService', { sites: [{ certificateChain, serverNames: ['a.example'] }] }],
  [
    'sites[0].certificateChain',
    { keyService, sites: [{ certificateChain: '', serverNames: ['a.example'] }] },
  ],
  ['chooseSite', { ...site, chooseSite: () => undefined }],
])('%s is named when it cannot be used (%#)', (option, options) => {
  expect(optionAtFault(options)).toBe(option);
});

it('holds nothing of a certificate or key in the message', () => {
  expect(() => createServer(Object.assign({ key: 'secret' }, site))).not.toThrow('secret');
  expect(() => createServer({ keyService, certificateChain: 'secret' })).not.toThrow('secret');
});

it.each([createServer, createSecureServer, createTlsServer])(
  'are the same for every kind of server',
  (create) => {
    expect(() => create({})).toThrow(EdgeOptionsError);
    expect(() =>
      create({
        ...site,
        minVersion: 'TLSv1.3',
        ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
      }),
    ).not.toThrow();
  },
);

it('of sites come from the server where a site has none of its own', () => {
  expect(() =>
    createServer({
      keyService,
      minVersion: 'TLSv1.3',
      sites: [{ certificateChain, serverNames: ['a.example'], maxVersion: 'TLSv1.2' }],
    }),
  ).toThrow('sites[0].minVersion');
});
