#ifndef LATCHKEY_KEYS_MULTI_BUFFER_ALGORITHM_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_ALGORITHM_H_

#include <cstddef>

namespace latchkey::keys::multi_buffer {

// What the lanes of one call have in common. An RSA one serves all that is done with such a key.
enum class Algorithm : size_t { kRsa2048, kRsa3072, kRsa4096, kP256, kP384, kP521, kEd25519 };

inline constexpr size_t kAlgorithmCount = 7;

// MultiBufferAlgorithm in src/multi-buffer.ts.
inline constexpr const char* kAlgorithmNames[kAlgorithmCount] = {
    "rsa_2048", "rsa_3072", "rsa_4096", "p256", "p384", "p521", "ed25519"};

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_ALGORITHM_H_
