import {
  CryptographyFailedError,
  KeyNotFoundError,
  type KeyService,
  OperationNotAllowedError,
} from '@latchkey/codec';
import { subjectKeyIdentifier } from '@latchkey/native';
import {
  describeKey,
  describeValidity,
  haveSameKey,
  isForServers,
  isVouchedFor,
  subjectOf,
  validityAt,
} from './certificates.js';
import { good, problem, type Finding } from './finding.js';
import type { CertificateFile, Channel } from '../pem-files.js';
import { signOnTrial, trialSchemeFor } from '../trial-signature.js';

/** Looks at a site's certificate without any network. */
export function examineSite(site: CertificateFile, channel: Channel, now: Date): Finding[] {
  const { path, leaf } = site;
  if (looksLikeTheChannels(site, channel))
    return [
      problem(
        `${path} ('${subjectOf(leaf)}') is not a site's certificate but one of the channel's`,
        "Give the certificate that the edge shows to the site's visitors.",
      ),
    ];
  if (!isForServers(leaf))
    return [
      problem(
        `${path} ('${subjectOf(leaf)}') may not be used by a server, so visitors will refuse it`,
        'Have the certificate made with serverAuth in its extended key usage.',
      ),
    ];
  const state = validityAt(leaf, now);
  if (state === 'valid') return [];
  return [
    problem(
      `the certificate '${subjectOf(leaf)}' in ${path} ${state === 'expired' ? 'has expired' : 'is not valid yet'}: ${describeValidity(leaf, now)}`,
      'Visitors will refuse it. Set the clock if it is wrong; have the certificate renewed if it is right.',
    ),
  ];
}

/**
 * Has a key server sign with a site's key what an edge would have it sign, and verifies the signature with the key in the
 * site's certificate.
 *
 * @param timeout in milliseconds
 */
export async function tryKey(
  keyService: KeyService,
  site: CertificateFile,
  channel: Channel,
  timeout: number,
): Promise<Finding> {
  const { leaf } = site;
  const ski = subjectKeyIdentifier(leaf.raw);
  const title = `'${subjectOf(leaf)}', ${describeKey(leaf.publicKey)}, SKI ${Buffer.from(ski).toString('hex')}`;
  const scheme = trialSchemeFor(leaf.publicKey);
  if (scheme === undefined)
    return problem(
      `${title}: keys of this kind are not supported`,
      'Use RSA, ECDSA on P-256, P-384 or P-521, or Ed25519.',
    );
  const start = performance.now();
  try {
    const isRight = await signOnTrial(keyService, leaf, scheme, timeout);
    const duration = (performance.now() - start).toFixed(1);
    return isRight
      ? good(`${title}: signed with ${scheme} and verified, ${duration} ms`)
      : problem(
          `${title}: the signature (${scheme}) does not fit the certificate's key`,
          'The key server or something on the way is broken; do not use it.',
        );
  } catch (error) {
    return explainRefusal(title, site, channel, error);
  }
}

/** Whether what is given as a site's certificate was made for one of the channel's ends. */
export function looksLikeTheChannels(
  { leaf, certificates }: CertificateFile,
  { certificate, ca }: Channel,
): boolean {
  if (haveSameKey(leaf, certificate.leaf))
    return isVouchedFor(certificate.certificates, ca.certificates) || !isForServers(leaf);
  // One authority may serve both, but then it issued the sites' certificates beside the channel's own.
  return !isForServers(leaf) && isVouchedFor(certificates, ca.certificates);
}

function explainRefusal(title: string, site: CertificateFile, { ca }: Channel, error: unknown): Finding {
  if (error instanceof KeyNotFoundError)
    return problem(
      `${title}: the key server does not have this key`,
      `Put the private key of ${site.path} into one of the key server's private_key_stores; 'latchkey keys DIR' lists what is there, by SKI.` +
        (isVouchedFor(site.certificates, ca.certificates)
          ? " But the channel's CA issued this certificate: is it a site's, or the key server's own?"
          : ''),
    );
  if (error instanceof CryptographyFailedError || error instanceof OperationNotAllowedError)
    return problem(
      `${title}: the key server has the key, but did not sign`,
      "Its log says why; the key's type or the policy may not allow this operation.",
    );
  return problem(`${title}: ${error instanceof Error ? error.message : String(error)}`);
}
