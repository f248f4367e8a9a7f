#ifndef LATCHKEY_KEYS_MULTI_BUFFER_NONCES_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_NONCES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bytes.h"

namespace latchkey::keys::multi_buffer {

// Draws `count` secret numbers, each uniform in 1 to order - 1 and as many words as the order, for as many ECDSA
// signatures: a number that served two different messages would give the key away (FIPS 186-5, section 6.3).
//
// They come from OpenSSL's generator for secrets, seeded by the system and anew after a fork. `messages`, all that is
// about to be signed, is stirred into its state first: should a snapshot of the machine be resumed twice, and with it
// the generator, then the numbers are the same only where the messages are.
//
// Returns false if the generator fails.
bool DrawNonces(ByteView messages, const std::vector<uint64_t>& order, uint64_t* nonces, size_t count);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_NONCES_H_
