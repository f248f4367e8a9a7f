import { createKeyServerClient, KeyServerConnectionError, type KeyServerAddress } from '@latchkey/client';
import { formatAddress, serverNameOf } from '../addresses.js';
import { ping } from '../ping.js';
import { canBeShown, examineChannel } from './channel.js';
import { explainFailure } from './connection.js';
import { good, problem, type Finding } from './finding.js';
import type { CertificateFile, Channel } from '../pem-files.js';
import { checkReceived, ReceivedChains } from './received-site.js';
import { fetchShownCertificate } from './shown-certificate.js';
import { examineSite, looksLikeTheChannels, tryKey } from './site.js';

/** What to check. */
export interface CheckPlan {
  readonly keyServers: readonly KeyServerAddress[];
  readonly channel: Channel;
  /** Certificates of sites whose keys each key server must have; may be empty. */
  readonly sites: readonly CertificateFile[];
  /** The names of sites whose certificates each key server must have, and send. */
  readonly receivedSites: readonly (readonly string[])[];
  /** How long each attempt may take, in milliseconds. */
  readonly timeout: number;
}

/**
 * Looks at the files; then connects to each key server, pings it, and has it sign once with the key of each site, also of
 * those whose certificates it sends. Gives each finding as it comes.
 */
export async function* check(plan: CheckPlan): AsyncGenerator<Finding> {
  const { keyServers, channel, sites } = plan;
  const now = new Date();
  yield* examineChannel(channel, sites, now);
  for (const site of sites) yield* examineSite(site, channel, now);
  if (!canBeShown(channel)) return;
  for (const address of keyServers) yield* checkKeyServer(plan, address);
}

async function* checkKeyServer(plan: CheckPlan, address: KeyServerAddress): AsyncGenerator<Finding> {
  const { channel, sites, receivedSites, timeout } = plan;
  const received = new ReceivedChains();
  const client = createKeyServerClient({
    keyServers: [address],
    certificate: channel.certificate.text,
    key: channel.key.text,
    ca: channel.ca.text,
    protocols: ['kssl2', 'kssl1'],
    connectionsPerServer: 1,
    connectTimeout: timeout,
    certificateNames: receivedSites,
    onEvent: (event) => {
      if (event.type === 'certificates_received') received.add(event.serverNames, event.chains);
    },
  });
  try {
    const start = performance.now();
    // First the connection may take its time, then the answer.
    await ping(client, 2 * timeout);
    const duration = (performance.now() - start).toFixed(1);
    yield good(
      `key server ${formatAddress(address)} lets this edge in and answers a ping: ${duration} ms with the TLS handshake`,
    );
    for (const site of sites.filter((each) => !looksLikeTheChannels(each, channel)))
      yield await tryKey(client, site, channel, timeout);
    for (const serverNames of receivedSites) {
      const chains = await received.of(serverNames, timeout);
      yield* checkReceived({ client, address, serverNames, chains, channel, timeout });
    }
  } catch (error) {
    yield await explain(error, plan, address);
  } finally {
    await client.close();
  }
}

async function explain(error: unknown, plan: CheckPlan, address: KeyServerAddress): Promise<Finding> {
  if (!(error instanceof KeyServerConnectionError)) {
    const message = error instanceof Error ? error.message : String(error);
    return problem(`key server ${formatAddress(address)}: ${message}`);
  }
  const { channel, sites, timeout } = plan;
  const shown = await fetchShownCertificate(address, channel, timeout);
  return explainFailure({
    failure: error.failures[0],
    serverName: serverNameOf(address),
    channel,
    sites,
    shown,
    now: new Date(),
  });
}
