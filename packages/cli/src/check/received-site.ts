import { setTimeout as delay } from 'node:timers/promises';
import type { KeyService } from '@latchkey/codec';
import type { KeyServerAddress } from '@latchkey/client';
import { formatAddress } from '../addresses.js';
import type { Channel } from '../pem-files.js';
import { parseReceivedChain } from '../received-chain.js';
import { formatMoment, subjectOf } from './certificates.js';
import { good, problem, type Finding } from './finding.js';
import { examineSite, tryKey } from './site.js';

/** A site whose certificates a key server was asked for. */
export interface ReceivedSite {
  readonly client: KeyService;
  readonly address: KeyServerAddress;
  readonly serverNames: readonly string[];
  /** What it has sent; none: nothing in time. */
  readonly chains: readonly (readonly Uint8Array[])[] | undefined;
  readonly channel: Channel;
  /** How long an attempt to sign may take, in milliseconds. */
  readonly timeout: number;
}

/** Looks at the certificates that a key server has sent for a site, and has it sign with their keys. */
export async function* checkReceived(site: ReceivedSite): AsyncGenerator<Finding> {
  const { client, address, serverNames, chains, channel, timeout } = site;
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
    const findings = examineSite(file, channel, new Date());
    yield* findings;
    if (findings.length === 0)
      yield good(`${file.path}: '${subjectOf(leaf)}', valid until ${formatMoment(new Date(leaf.validTo))}`);
    yield await tryKey(client, file, channel, timeout);
  }
}

/** What a key server has said of the certificates that it has. */
export class ReceivedChains {
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
