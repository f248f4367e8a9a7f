import type { X509Certificate } from 'node:crypto';
import type { ConnectionFailure, ConnectionFailureReason } from '@latchkey/client';
import {
  describeValidity,
  haveSameKey,
  isForServers,
  isIssuedBy,
  issuerOf,
  namesOf,
  subjectOf,
  validityAt,
} from './certificates.js';
import { problem, type Finding } from './finding.js';
import type { CertificateFile, Channel } from '../pem-files.js';

/** What is known when a connection to a key server has failed. */
export interface FailureCircumstances {
  readonly failure: ConnectionFailure;
  /** The name that the key server's certificate had to be for. */
  readonly serverName: string;
  readonly channel: Channel;
  readonly sites: readonly CertificateFile[];
  /** The certificate that the key server showed, if it came so far. */
  readonly shown: X509Certificate | undefined;
  readonly now: Date;
}

/** Says in plain words why a key server could not be spoken to, and what to do. */
export function explainFailure(circumstances: FailureCircumstances): Finding {
  return EXPLANATIONS[circumstances.failure.reason](circumstances);
}

type Explain = (circumstances: FailureCircumstances) => Finding;

const EXPLANATIONS: Readonly<Record<ConnectionFailureReason, Explain>> = {
  dns: advise('Look for a slip in the name, and whether this machine can resolve others.'),
  refused: advise("Is the key server running, and on this port? Its configuration's key is 'port'."),
  unreachable: advise('Look at the address, the route to it, and for a socket at its permissions.'),
  timeout: advise('A firewall on the way may drop the packets, or the key server may be overloaded.'),
  not_tls: advise(
    'Something else listens there. A key server serves metrics without TLS on another port, often 2406.',
  ),
  server_certificate_untrusted: explainUntrusted,
  server_certificate_name: explainName,
  server_certificate_expired: explainExpired,
  client_certificate_refused: explainRefused,
  protocol: advise(
    'Is it a key server that listens there? It needs TLS 1.2 or 1.3, and kssl2 or Keyless SSL v1.',
  ),
  closed: advise("The key server's log may say why; so may that of a load balancer on the way."),
};

function advise(advice: string): Explain {
  return ({ failure: { server, message } }) => problem(`key server ${server} ${message}`, advice);
}

function explainUntrusted({ failure, channel, sites, shown }: FailureCircumstances): Finding {
  const { server, message } = failure;
  const { ca, certificate } = channel;
  if (shown === undefined)
    return problem(
      `key server ${server} ${message}`,
      `Is ${ca.path} the CA that issued the key server's certificate?`,
    );
  if (sites.some(({ leaf }) => haveSameKey(leaf, shown)))
    return problem(
      `key server ${server} shows the certificate of the site '${subjectOf(shown)}' on the channel`,
      "The key server's auth_cert and auth_key must be its own certificate for the channel; a site's certificate belongs on the edge.",
    );
  if (haveSameKey(certificate.leaf, shown))
    return problem(
      `key server ${server} shows the certificate of this edge, '${subjectOf(shown)}', as its own`,
      "The key server's auth_cert and auth_key must be its own certificate for the channel.",
    );
  if (!isForServers(shown))
    return problem(
      `key server ${server} shows '${subjectOf(shown)}', whose extended key usage does not let a server use it`,
      "The key server's auth_cert must be a certificate with serverAuth; this one looks like an edge's.",
    );
  const namesake = ca.certificates.find((each) => each.subject === shown.issuer);
  if (namesake !== undefined && !isIssuedBy(shown, namesake))
    return problem(
      `key server ${server} shows '${subjectOf(shown)}', issued by a CA '${issuerOf(shown)}' that has the name of the one in ${ca.path}, but another key`,
      'The CA was probably made anew: take the CA file and the certificates of both ends from the same making.',
    );
  return problem(
    `key server ${server} shows '${subjectOf(shown)}', issued by '${issuerOf(shown)}', but ${ca.path} holds ${ca.certificates.map((each) => `'${subjectOf(each)}'`).join(', ')}`,
    "Give the CA that issued the key server's certificate for the channel (not the sites' CA).",
  );
}

const OTHER_NAME =
  "Reach the key server by one of its certificate's names, or have the certificate made for this one.";

function explainName({ failure: { server, message }, serverName, shown }: FailureCircumstances): Finding {
  if (shown === undefined) return problem(`key server ${server} ${message}`, OTHER_NAME);
  const names = namesOf(shown);
  return problem(
    `key server ${server} shows '${subjectOf(shown)}', which is not for '${serverName}' but for ${names === '' ? 'no name at all' : names}`,
    OTHER_NAME,
  );
}

function explainExpired({ failure: { server, message }, shown, now }: FailureCircumstances): Finding {
  if (shown === undefined || validityAt(shown, now) === 'valid')
    return problem(
      `key server ${server} ${message}`,
      "Look at the certificates of its CA, and at this machine's clock.",
    );
  const state = validityAt(shown, now) === 'expired' ? 'has expired' : 'is not valid yet';
  return problem(
    `the certificate '${subjectOf(shown)}' of key server ${server} ${state}: ${describeValidity(shown, now)}`,
    "Set this machine's clock if it is wrong; have the key server's auth_cert renewed if it is right.",
  );
}

function explainRefused({ failure: { server, message }, channel }: FailureCircumstances): Finding {
  const { leaf, path } = channel.certificate;
  return problem(
    `key server ${server} ${message}`,
    `It lets in clients that its cloudflare_ca_cert vouches for. This edge shows '${subjectOf(leaf)}' (${path}), issued by '${issuerOf(leaf)}': is that CA in the key server's file, and is the key server's clock right?`,
  );
}
