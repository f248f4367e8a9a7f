import { parseServerName } from './server-name.js';

/**
 * Whether somebody speaks HTTP without TLS: requests begin with a method in capitals (RFC 9110, section 9.1), which no
 * record of TLS does (RFC 8446, section 5.1).
 *
 * @param first what has come, at least one byte
 */
export function isPlainHttp(first: Uint8Array): boolean {
  const [byte = 0] = first;
  return byte >= 0x41 && byte <= 0x5a;
}

/**
 * What to answer before the connection is closed: where the page is, for a request of one that the server knows and that
 * has come in one piece, else that this is no request for here.
 *
 * @param request what has come
 * @param knows whether there is a site of that name: visitors are sent to no other
 */
export function answerPlainHttp(request: Uint8Array, knows: (serverName: string) => boolean): string {
  const location = locationOf(Buffer.from(request).toString('latin1'), knows);
  const [status, header] =
    location === undefined
      ? ['400 Bad Request', '']
      : ['308 Permanent Redirect', `location: ${location}\r\n`];
  const text = 'This port speaks HTTPS.\n';
  return (
    `HTTP/1.1 ${status}\r\n${header}connection: close\r\n` +
    `content-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n${text}`
  );
}

function locationOf(request: string, knows: (serverName: string) => boolean): string | undefined {
  const head = /^(?:GET|HEAD) (\/[!-~]*) HTTP\/1\.[01]\r\n([^]*?\r\n)\r\n/.exec(request);
  if (head === null) return undefined;
  const [, target = '', fields = ''] = head;
  const hosts = [...fields.matchAll(/^host:[ \t]*([^\s:]+)(:\d{1,5})?[ \t]*\r\n/gim)];
  const [host] = hosts;
  if (host === undefined || hosts.length > 1) return undefined;
  const [, name = '', port = ''] = host;
  const serverName = parseServerName(name);
  return serverName === undefined || !knows(serverName) ? undefined : `https://${serverName}${port}${target}`;
}
