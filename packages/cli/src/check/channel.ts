import {
  describeValidity,
  formatMoment,
  haveSameKey,
  isForClients,
  isForServers,
  isVouchedFor,
  issuerOf,
  subjectOf,
  validityAt,
} from './certificates.js';
import { doubt, good, problem, type Finding } from './finding.js';
import type { CertificateFile, Channel } from '../pem-files.js';

/** Looks at the channel's files without any network: the mix-ups, and what the clock says. */
export function examineChannel(channel: Channel, sites: readonly CertificateFile[], now: Date): Finding[] {
  const roleFindings = examineRole(channel, sites);
  const findings = [
    ...roleFindings,
    ...examineKey(channel, sites),
    ...examineValidity(channel.certificate, now),
    // Who issued the wrong certificate tells nothing.
    ...(roleFindings.length === 0 ? examineCa(channel, sites, now) : []),
  ];
  const { leaf, path } = channel.certificate;
  if (findings.some(({ outcome }) => outcome === 'problem')) return findings;
  return [
    good(`the channel's certificate is '${subjectOf(leaf)}' (${path}), valid until ${until(leaf)}`),
    ...findings,
  ];
}

/** Whether there is a key to show the channel's certificate with. */
export function canBeShown({ certificate, key }: Channel): boolean {
  return certificate.leaf.checkPrivateKey(key.key);
}

/** The site whose certificate is given as the channel's too, where it is the channel's that is wrong. */
function siteShownOnChannel(
  { certificate, ca }: Channel,
  sites: readonly CertificateFile[],
): CertificateFile | undefined {
  const site = sites.find(({ leaf }) => haveSameKey(leaf, certificate.leaf));
  const isTheChannels =
    isVouchedFor(certificate.certificates, ca.certificates) || !isForServers(certificate.leaf);
  return isTheChannels ? undefined : site;
}

const TWO_CERTIFICATES =
  'An edge has two kinds of certificates: one of its own, which it shows to key servers on the channel, and those of its sites, which it shows to visitors.';

const RENEW = 'Set the clock if it is wrong; have the certificate renewed if it is right.';

function examineRole(channel: Channel, sites: readonly CertificateFile[]): Finding[] {
  const { path, leaf } = channel.certificate;
  const site = siteShownOnChannel(channel, sites);
  if (site !== undefined)
    return [
      problem(
        `${path} is the certificate of the site '${subjectOf(leaf)}' (the same as ${site.path}), not the channel's`,
        `${TWO_CERTIFICATES} Give the edge's own certificate and its key for the channel.`,
      ),
    ];
  if (!isForClients(leaf))
    return [
      problem(
        `${path} ('${subjectOf(leaf)}') may not be used by a client: its extended key usage is for servers only, as that of a site's certificate, or of the key server's own, is`,
        `${TWO_CERTIFICATES} Give the edge's own certificate for the channel, whose extended key usage has clientAuth.`,
      ),
    ];
  return [];
}

function examineKey(channel: Channel, sites: readonly CertificateFile[]): Finding[] {
  if (canBeShown(channel)) return [];
  const { certificate, key } = channel;
  const site = sites.find(({ leaf }) => leaf.checkPrivateKey(key.key));
  return [
    problem(
      `${key.path} is not the key of the channel's certificate ${certificate.path}`,
      site === undefined
        ? 'Give the key that the certificate was made for.'
        : `It is the private key of the site '${subjectOf(site.leaf)}', which belongs on the key server and nowhere else.`,
    ),
  ];
}

function examineValidity({ path, leaf }: CertificateFile, now: Date): Finding[] {
  const state = validityAt(leaf, now);
  if (state === 'valid') return [];
  return [
    problem(
      `the channel's certificate ${path} ${state === 'expired' ? 'has expired' : 'is not valid yet'}: ${describeValidity(leaf, now)}`,
      RENEW,
    ),
  ];
}

function examineCa(channel: Channel, sites: readonly CertificateFile[], now: Date): Finding[] {
  const { path, certificates } = channel.ca;
  const outdated = certificates.filter((each) => validityAt(each, now) !== 'valid');
  return [
    ...doubtCa(channel, sites),
    ...outdated.map((each) =>
      problem(
        `the CA '${subjectOf(each)}' in ${path} is not valid now: ${describeValidity(each, now)}`,
        RENEW,
      ),
    ),
  ];
}

function doubtCa({ certificate, ca }: Channel, sites: readonly CertificateFile[]): Finding[] {
  const name = `'${subjectOf(ca.leaf)}'`;
  if (!ca.certificates.some((each) => each.ca))
    return [
      doubt(
        `${ca.path} (${name}) is not the certificate of an authority`,
        'The CA file holds the authority that issued the key server its certificate, not that certificate itself.',
      ),
    ];
  if (isVouchedFor(certificate.certificates, ca.certificates)) return [];
  const site = sites.find(({ certificates }) => isVouchedFor(certificates, ca.certificates));
  if (site !== undefined)
    return [
      doubt(
        `the CA in ${ca.path} (${name}) issued the certificate of the site '${subjectOf(site.leaf)}', but not the channel's`,
        "The channel's CA and the sites' CA are two: this one looks like the sites'.",
      ),
    ];
  return [
    doubt(
      `the channel's certificate was issued by '${issuerOf(certificate.leaf)}', which is not the CA in ${ca.path} (${name})`,
      'That is right where key servers and edges have different authorities.',
    ),
  ];
}

function until({ validTo }: { readonly validTo: string }): string {
  return formatMoment(new Date(validTo));
}
