/** HTTP/1.1 requests over connections that stay open, through TLS or not. */
export interface RequestsOrder {
  readonly type: 'requests';
  /** `https:` or `http:`; the path is asked for with GET. */
  readonly url: string;
  /** The host that is asked for, in TLS (RFC 6066, section 3) and in HTTP. Default: that of the URL. */
  readonly serverName?: string;
  /** Connections at most; in a closed loop each always has a request under way. */
  readonly connections: number;
}
