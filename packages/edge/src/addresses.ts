import { isIPv4, isIPv6 } from 'node:net';

/**
 * The 4 or 16 bytes of an IP address. An IPv4 address that the system shows as IPv6 (`::ffff:192.0.2.1`, RFC 4291,
 * section 2.5.5.2) gives 4 bytes; a zone (`%eth0`) is left out.
 *
 * @returns undefined for what is no IP address, as on a Unix socket
 */
export function addressBytes(address: string | undefined): Uint8Array | undefined {
  if (address === undefined) return undefined;
  if (isIPv4(address)) return ipv4Bytes(address);
  if (!isIPv6(address)) return undefined;
  const bytes = ipv6Bytes(address.replace(/%.*$/, ''));
  return isMappedIpv4(bytes) ? bytes.subarray(12) : bytes;
}

function ipv4Bytes(address: string): Uint8Array {
  return new Uint8Array(address.split('.').map(Number));
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = '', tail = ''] = address.split('::');
  const bytes = new Uint8Array(16);
  const last = groupBytes(tail);
  bytes.set(groupBytes(head));
  bytes.set(last, 16 - last.length);
  return bytes;
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return [...ipv4Bytes(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function isMappedIpv4(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}
