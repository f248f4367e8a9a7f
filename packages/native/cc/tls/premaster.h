#ifndef LATCHKEY_TLS_PREMASTER_H_
#define LATCHKEY_TLS_PREMASTER_H_

#include "support/bytes.h"
#include "tls/private_key_holder.h"

namespace latchkey::tls {

// Takes the premaster secret out of a key server's answer to an RSA key exchange: the secret itself, or the decrypted
// block as long as the modulus with its PKCS#1 padding left on. A block is unpadded in constant time, and one that is
// not what it should be gives random bytes (RFC 5246, section 7.4.7.1): the handshake then fails at Finished, like one
// with a wrong secret.
//
// Returns false for an answer of any other length, which is the key server's fault, not the visitor's.
bool TakePremaster(ByteView answer, size_t modulus_length, unsigned client_version,
                   unsigned char (&premaster)[kPremasterLength]);

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_PREMASTER_H_
