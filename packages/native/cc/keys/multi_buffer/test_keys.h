#ifndef LATCHKEY_KEYS_MULTI_BUFFER_TEST_KEYS_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_TEST_KEYS_H_

#include <memory>

#include "keys/key.h"
#include "keys/multi_buffer/algorithm.h"

namespace latchkey::keys::multi_buffer {

// A key for the self-test, which protects nothing: a fixed one for RSA, whose primes take seconds to find, and a new
// one for the others. Null if OpenSSL cannot make it.
std::shared_ptr<const Key> MakeTestKey(Algorithm algorithm);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_TEST_KEYS_H_
