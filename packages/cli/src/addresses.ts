import type { KeyServerAddress } from '@latchkey/client';

/** A TCP address to listen on. Without a host: all interfaces. Port 0: one that is free. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** The port that key servers have unless told otherwise. */
export const KEY_SERVER_PORT = 2407;

/**
 * Reads where key servers listen: `host`, `host:port`, `[address]:port` for IPv6, the path of a Unix socket, which starts
 * with `/` or `./`, or the name of SRV records, `_service._tcp.domain`.
 *
 * @returns undefined where the text is none of these
 */
export function parseKeyServerAddress(text: string): KeyServerAddress | undefined {
  if (/^\.{0,2}\//.test(text)) return { path: text };
  if (text.startsWith('_')) return /^_[\w-]+\._tcp(?:\.[\w-]+)+$/.test(text) ? { srv: text } : undefined;
  const address = parseHostAndPort(text);
  if (address?.host === undefined || address.port === 0) return undefined;
  return { host: address.host, port: address.port ?? KEY_SERVER_PORT };
}

/**
 * Reads a TCP address to listen on: `port`, `:port`, `host:port`, or `[address]:port` for IPv6.
 *
 * @returns undefined where the text is none of these
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const address = parseHostAndPort(/^\d+$/.test(text) ? `:${text}` : text);
  if (address?.port === undefined) return undefined;
  return { port: address.port, ...(address.host !== undefined && { host: address.host }) };
}

/** The name that a key server's certificate must be for. */
export function serverNameOf(address: KeyServerAddress): string {
  if (address.serverName !== undefined) return address.serverName;
  if ('srv' in address) return address.srv.split('.').slice(2).join('.');
  return 'host' in address ? address.host : 'localhost';
}

/** An address as it is written: `host:port`, with brackets around IPv6; the path of a socket; the name of SRV records. */
export function formatAddress(address: KeyServerAddress | ListenAddress): string {
  if ('path' in address) return address.path;
  if ('srv' in address) return address.srv;
  const { host = '*', port = KEY_SERVER_PORT } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseHostAndPort(text: string): { host: string | undefined; port: number | undefined } | undefined {
  const match = /^(?:\[(?<address>[0-9a-f:.]+)\]|(?<name>[^\s:[\]/]*))(?::(?<port>\d{1,5}))?$/i.exec(text);
  if (match?.groups === undefined) return undefined;
  const { address, name, port } = match.groups;
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && number > 65_535) return undefined;
  return { host: address ?? (name === '' ? undefined : name), port: number };
}
