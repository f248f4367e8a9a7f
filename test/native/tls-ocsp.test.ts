import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import type { ConnectionOptions } from 'node:tls';
import { checkOcspResponse, makeOcspQuestion, TlsContext, TlsServerConnection } from '@latchkey/native';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { OcspAuthority } from '../support/ocsp-authority.js';
import { describeWith } from '../support/requirements.js';
import { Encounter, performWith } from './tls-encounter.js';

const OPENSSL = { needs: 'openssl', debianPackage: 'openssl' };

describeWith('an OCSP question', [OPENSSL], () => {
  it('is for the responder that the certificate names', async () => {
    const authority = await OcspAuthority.create();
    const { chainPem } = await authority.issue('http://ocsp.test/path');
    expect(makeOcspQuestion(chainPem)?.url).toBe('http://ocsp.test/path');
    expect(makeOcspQuestion((await authority.issue()).chainPem)).toMatchObject({ url: undefined });
  });

  it('cannot be asked without the certificate of the issuer', async () => {
    const authority = await OcspAuthority.create();
    const { chainPem } = await authority.issue();
    const [leaf = ''] = chainPem.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(makeOcspQuestion(leaf)).toBeUndefined();
    const stranger = await OcspAuthority.create();
    expect(makeOcspQuestion(leaf + stranger.certificatePem)).toBeUndefined();
    expect(makeOcspQuestion('')).toBeUndefined();
  });
});

describeWith('an OCSP response', [OPENSSL], () => {
  it.each(['authority', 'responder'] as const)('counts when signed by the %s', async (signer) => {
    const authority = await OcspAuthority.create();
    const { chainPem } = await authority.issue();
    const response = await authority.answer(makeOcspQuestion(chainPem)!.request, { signer });
    const check = checkOcspResponse(chainPem, response);
    expect(check).toMatchObject({ usable: true });
    if (!check.usable) return;
    expect(check.nextUpdate!.getTime() - check.thisUpdate.getTime()).toBe(3_600_000);
  });

  it('says when it may not be kept', async () => {
    const authority = await OcspAuthority.create();
    const { chainPem } = await authority.issue();
    const response = await authority.answer(makeOcspQuestion(chainPem)!.request, { validMinutes: 0 });
    expect(checkOcspResponse(chainPem, response)).toMatchObject({ usable: true, nextUpdate: undefined });
  });

  it.each([
    ['of a revoked certificate', { status: 'revoked' }, 'the certificate is revoked'],
    ['of an unknown certificate', { status: 'unknown' }, 'the certificate is unknown'],
    ['signed by whom the authority has not appointed', { signer: 'stranger' }, 'not signed by'],
  ] as const)('does not count %s', async (_, options, reason) => {
    const authority = await OcspAuthority.create();
    const { chainPem } = await authority.issue();
    const response = await authority.answer(makeOcspQuestion(chainPem)!.request, options);
    expect(checkOcspResponse(chainPem, response)).toEqual({
      usable: false,
      reason: expect.stringContaining(reason) as unknown,
    });
  });

  it('does not count of another certificate, or of another authority', async () => {
    const authority = await OcspAuthority.create();
    const first = await authority.issue();
    const response = await authority.answer(makeOcspQuestion(first.chainPem)!.request);
    const second = await authority.issue();
    expect(checkOcspResponse(second.chainPem, response)).toMatchObject({
      reason: 'it is about another certificate',
    });
    const elsewhere = await (await OcspAuthority.create()).issue();
    expect(checkOcspResponse(elsewhere.chainPem, response)).toMatchObject({ usable: false });
  });

  it('does not count when any of its bytes is damaged', async () => {
    const authority = await OcspAuthority.create();
    const { chainPem } = await authority.issue();
    const response = await authority.answer(makeOcspQuestion(chainPem)!.request, { signer: 'authority' });
    fc.assert(
      fc.property(fc.nat(response.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(response);
        damaged[at]! ^= change;
        expect(checkOcspResponse(chainPem, damaged).usable).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('may be any bytes', async () => {
    const { chainPem } = await (await OcspAuthority.create()).issue();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(checkOcspResponse(chainPem, bytes).usable).toBe(false);
      }),
    );
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('reaches a visitor of %s who asks for it', async (version) => {
    const authority = await OcspAuthority.create();
    const site = await authority.issue();
    const context = new TlsContext({ certificateChain: site.chainPem });
    // Node's types do not know that clients have requestOCSP too.
    const asking: ConnectionOptions & { requestOCSP: boolean } = {
      ca: authority.certificatePem,
      servername: site.name,
      requestOCSP: true,
      minVersion: version,
      maxVersion: version,
    };
    const visit = async (): Promise<Buffer | null> => {
      const encounter = new Encounter({
        connection: new TlsServerConnection({ context }),
        answer: (request) => performWith(createPrivateKey(site.keyPem), request),
        visitor: asking,
      });
      const stapled = once(encounter.visitor, 'OCSPResponse') as Promise<[Buffer | null]>;
      await encounter.secured();
      await encounter.close();
      return (await stapled)[0];
    };
    expect(await visit()).toBeNull();
    const response = await authority.answer(makeOcspQuestion(site.chainPem)!.request);
    context.setOcspResponse(0, response);
    expect(await visit()).toEqual(response);
    context.setOcspResponse(0, undefined);
    expect(await visit()).toBeNull();
    expect(() => context.setOcspResponse(1, response)).toThrow(RangeError);
  });
});
