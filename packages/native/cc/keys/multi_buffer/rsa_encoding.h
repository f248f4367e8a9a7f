#ifndef LATCHKEY_KEYS_MULTI_BUFFER_RSA_ENCODING_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_RSA_ENCODING_H_

#include <cstddef>

#include "keys/scheme.h"
#include "support/bytes.h"

namespace latchkey::keys::multi_buffer {

// Turn a digest of the scheme's hash into what the RSA private key is applied to: `length` bytes, as long as a modulus
// of at least 2048 bits, a multiple of 8.

// EMSA-PKCS1-v1_5 (RFC 8017, section 9.2).
void EncodePkcs1(ByteView digest, uint8_t* block, size_t length);

// EMSA-PSS (RFC 8017, section 9.1.1) with MGF1 of the same hash and a salt as long as the hash. Returns false if
// OpenSSL fails to hash or to give random bytes.
bool EncodePss(const Scheme& scheme, ByteView digest, uint8_t* block, size_t length);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_RSA_ENCODING_H_
