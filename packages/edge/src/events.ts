/** What an edge's server tells of what goes on beside its visitors. None of it fails a handshake. */
export type EdgeEvent =
  /** Tickets are protected by other keys from now on, or others are accepted too. */
  | { readonly type: 'ticket_keys_changed' }
  /** What edges share cannot be reached: visitors who met another edge first have a full handshake here. */
  | { readonly type: 'resumption_store_failed'; readonly failure: Error }
  | { readonly type: 'resumption_store_recovered' }
  /**
   * What edges share can be reached, but has failed to give or take a visitor's session, as a Redis does that is full: who
   * resumes by session id may have a full handshake at another edge. Told once a minute at most.
   */
  | { readonly type: 'session_not_shared'; readonly failure: Error }
  /** A certificate, named by its SHA-256 fingerprint, has a fresh OCSP response stapled to it. */
  | {
      readonly type: 'ocsp_response_stapled';
      readonly fingerprint: string;
      /** When it ends. */
      readonly nextUpdate: Date;
    }
  /** No fresh OCSP response could be had for a certificate: the one before is stapled until it ends. */
  | { readonly type: 'ocsp_response_refused'; readonly fingerprint: string; readonly reason: string }
  /** A certificate, named by its SHA-256 fingerprint, has a new delegated credential. */
  | {
      readonly type: 'delegated_credential_obtained';
      readonly fingerprint: string;
      /** Until when it is used. */
      readonly end: Date;
    }
  /** No delegated credential could be had for a certificate: the one before is used until it ends. */
  | { readonly type: 'delegated_credential_refused'; readonly fingerprint: string; readonly reason: string };
