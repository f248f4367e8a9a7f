import type { TlsContextOptions } from '@latchkey/native';

/**
 * What of TLS may be negotiated, by the names of Mozilla's guidelines for servers (version 5.7):
 *
 * - `modern`: TLS 1.3 only.
 * - `intermediate`: TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption.
 *
 * Finite-field DHE, which Mozilla's intermediate has too, is not served. Where OpenSSL knows X25519MLKEM768 (Node 22 and
 * later), that stands before Mozilla's groups.
 */
export type TlsProfile = 'modern' | 'intermediate';

/** Names of all profiles. */
export const TLS_PROFILES: readonly TlsProfile[] = ['modern', 'intermediate'];

/** What a profile says of a context's options. The cipher suites of TLS 1.2 are the context's own default. */
export function profileOptions(
  profile: TlsProfile,
): Required<Pick<TlsContextOptions, 'minimumVersion' | 'maximumVersion' | 'cipherSuites' | 'groups'>> {
  return {
    minimumVersion: profile === 'modern' ? 'TLSv1.3' : 'TLSv1.2',
    maximumVersion: 'TLSv1.3',
    cipherSuites: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    groups: [...(knowsMlKem() ? ['X25519MLKEM768'] : []), 'X25519', 'P-256', 'P-384'].join(':'),
  };
}

/** It came with OpenSSL 3.5. */
function knowsMlKem(): boolean {
  const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 5);
}
