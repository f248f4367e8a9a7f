import type { ConnectionFailureReason } from '@latchkey/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificateFile, parseKeyFile, type Channel } from '../pem-files.js';
import { createDevelopmentPki } from '../pki/index.js';
import { explainFailure } from './connection.js';

// What a key server's certificate has to do with it is tested with real ones in test/cli/check.test.ts.
describe('explainFailure', () => {
  let channel: Channel;

  beforeAll(async () => {
    const { edge, caPem } = (await createDevelopmentPki({ sites: [] })).channel;
    channel = {
      certificate: parseCertificateFile({ path: 'edge.pem', text: edge.certificatePem }),
      key: parseKeyFile({ path: 'edge.key', text: edge.keyPem }),
      ca: parseCertificateFile({ path: 'ca.pem', text: caPem }),
    };
  });

  it.each<[ConnectionFailureReason, RegExp]>([
    ['dns', /slip in the name/],
    ['refused', /Is the key server running/],
    ['unreachable', /route/],
    ['timeout', /firewall/],
    ['not_tls', /Something else listens/],
    ['server_certificate_untrusted', /Is ca\.pem the CA that issued/],
    ['server_certificate_name', /certificate's names/],
    ['server_certificate_expired', /clock/],
    ['client_certificate_refused', /'Latchkey development edge' \(edge\.pem\)/],
    ['protocol', /Keyless SSL v1/],
    ['closed', /log/],
  ])('says what to do about %s although no certificate was seen', (reason, advice) => {
    const failure = { server: 'keys.example:2407', reason, message: 'did something' };
    expect(
      explainFailure({
        failure,
        serverName: 'keys.example',
        channel,
        sites: [],
        shown: undefined,
        now: new Date(),
      }),
    ).toEqual({
      outcome: 'problem',
      message: 'key server keys.example:2407 did something',
      advice: expect.stringMatching(advice) as string,
    });
  });
});
