#ifndef LATCHKEY_SUPPORT_PREMASTER_PADDING_H_
#define LATCHKEY_SUPPORT_PREMASTER_PADDING_H_

#include <cstddef>

#include "support/bytes.h"

namespace latchkey {

// Of the premaster secret in a TLS RSA key exchange: the client's version and 46 random bytes.
inline constexpr size_t kPremasterLength = 48;
// Bytes of PKCS#1 padding before it at least.
inline constexpr size_t kPremasterPaddingLength = 11;

// Takes the premaster secret out of a decrypted block of at least kPremasterPaddingLength + kPremasterLength bytes,
// in constant time. `premaster` keeps what it held, which ought to be random bytes, where the block is not padded as it
// must be or holds another version (RFC 5246, section 7.4.7.1).
void UnpadPremaster(ByteView block, unsigned client_version, unsigned char (&premaster)[kPremasterLength]);

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_PREMASTER_PADDING_H_
