#ifndef LATCHKEY_KEYS_NONCES_H_
#define LATCHKEY_KEYS_NONCES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/openssl.h"

namespace latchkey::keys {

// Draws `count` secret numbers, each uniform in 1 to order - 1 and as many words as the order, for as many ECDSA
// signatures: a number that served two different messages would give the key away (FIPS 186-5, section 6.3).
//
// They come from OpenSSL's generator for secrets, seeded by the system and anew after a fork. `hedge` is what all that is
// about to be signed, and the keys that will, consist of. Its hash is stirred into the generator's state first: should
// a snapshot of the machine be resumed twice, and with it the generator, then the numbers are the same only where the
// messages and the keys are, and then so are the signatures.
//
// Returns false if OpenSSL fails.
bool DrawNonces(const SecretWords& hedge, const std::vector<uint64_t>& order, uint64_t* nonces, size_t count);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_NONCES_H_
