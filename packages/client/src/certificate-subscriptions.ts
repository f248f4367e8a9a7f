import type { Certificates, CertificateSubscription } from '@latchkey/codec/kssl2';
import type { CertificateNames, SiteNames } from './certificate-names.js';

/** What {@link CertificateSubscriptions} work with. */
export interface CertificateSubscriptionsOptions {
  readonly names: CertificateNames;
  readonly send: (subscription: CertificateSubscription) => void;
  readonly onReceived: (serverNames: SiteNames, chains: Certificates['chains']) => void;
}

/** The subscriptions to certificates on one connection: one for each site, as the sites come and go. */
export class CertificateSubscriptions {
  readonly #options: CertificateSubscriptionsOptions;
  /** By id. */
  readonly #subscribed = new Map<number, SiteNames>();
  readonly #stopWatching: () => void;
  #lastId = 0;

  constructor(options: CertificateSubscriptionsOptions) {
    this.#options = options;
    this.#stopWatching = options.names.watch(() => this.#update());
    this.#update();
  }

  receive({ subscription, chains }: Certificates): void {
    const serverNames = this.#subscribed.get(subscription);
    // It may have been sent before the key server knew that the site is gone.
    if (serverNames !== undefined) this.#options.onReceived(serverNames, chains);
  }

  stop(): void {
    this.#stopWatching();
  }

  #update(): void {
    const wanted = new Map(this.#options.names.sites.map((names) => [names.join(), names]));
    for (const [id, serverNames] of this.#subscribed) {
      if (wanted.delete(serverNames.join())) continue;
      this.#subscribed.delete(id);
      this.#options.send({ id, serverNames: [] });
    }
    for (const serverNames of wanted.values()) {
      this.#lastId += 1;
      this.#subscribed.set(this.#lastId, serverNames);
      this.#options.send({ id: this.#lastId, serverNames });
    }
  }
}
