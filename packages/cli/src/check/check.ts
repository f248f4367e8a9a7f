import { setTimeout as delay } from 'node:timers/promises';
import type { KeyService } from '@latchkey/codec';
import { createKeyServerClient, KeyServerConnectionError, type KeyServerAddress } from '@latchkey/client';
import { formatAddress, serverNameOf } from '../addresses.js';
import { ping } from '../ping.js';
import { formatMoment, subjectOf } from './certificates.js';
import { canBeShown, examineChannel } from './channel.js';
import { explainFailure } from './connection.js';
import { good, problem, type Finding } from './finding.js';
import type { CertificateFile, Channel } from '../pem-files.js';
import { parseReceivedChain } from '../received-chain.js';
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
      yield* checkReceived({ client, address, serverNames, chains, plan });
    }
  } catch (error) {
    yield await explain(error, plan, address);
  } finally {
    await client.close();
  }
}

/** A site whose certificates a key server was asked for. */
interface ReceivedSite {
  readonly client: KeyService;
  readonly address: KeyServerAddress;
  readonly serverNames: readonly string[];
  /** What it has sent; none: nothing in time. */
  readonly chains: readonly (readonly Uint8Array[])[] | undefined;
  readonly plan: CheckPlan;
}

async function* checkReceived(site: ReceivedSite): AsyncGenerator<Finding> {
  const { client, address, serverNames, chains, plan } = site;
  const from = `key server ${formatAddress(address)}`;
  const names = serverNames.join(', ');
  if (chains === undefined)
    yield problem(
      `${from} does not say which certificates it has for ${names}`,
      'It must speak kssl2 for that. The site has no certificate in the configuration of this edge.',
    );
  else if (chains.length === 0)
    yield problem(
      `${from} has no certificate for ${names} that this edge may show`,
      "Put the chain into one of the key server's certificate_dirs and its key into its private_key_stores; its policy must let this edge sign with that key.",
    );
  for (const encoded of chains ?? []) {
    const chain = parseReceivedChain(serverNames, encoded);
    if (typeof chain === 'string') {
      yield problem(
        `a certificate that ${from} sends for ${names} will not be shown to visitors: ${chain}`,
        "Mend the chain in the key server's certificate_dirs.",
      );
      continue;
    }
    const { leaf, certificates, pem } = chain;
    const file = { path: `what ${from} sends for ${names}`, text: pem, leaf, certificates };
    const findings = examineSite(file, plan.channel, new Date());
    yield* findings;
    if (findings.length === 0)
      yield good(`${file.path}: '${subjectOf(leaf)}', valid until ${formatMoment(new Date(leaf.validTo))}`);
    yield await tryKey(client, file, plan.channel, plan.timeout);
  }
}

/** What a key server has said of the certificates that it has. */
class ReceivedChains {
  readonly #chains = new Map<string, readonly (readonly Uint8Array[])[]>();
  #onChange: () => void = () => {};

  add(serverNames: readonly string[], chains: readonly (readonly Uint8Array[])[]): void {
    this.#chains.set(serverNames.join(), chains);
    this.#onChange();
  }

  /**
   * Waits until it has said so.
   *
   * @param timeout in milliseconds
   * @returns undefined when it has not by then
   */
  async of(
    serverNames: readonly string[],
    timeout: number,
  ): Promise<readonly (readonly Uint8Array[])[] | undefined> {
    const end = performance.now() + timeout;
    while (!this.#chains.has(serverNames.join()) && performance.now() < end)
      await Promise.race([
        new Promise<void>((resolve) => (this.#onChange = resolve)),
        delay(Math.max(1, end - performance.now()), undefined, { ref: false }),
      ]);
    return this.#chains.get(serverNames.join());
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
