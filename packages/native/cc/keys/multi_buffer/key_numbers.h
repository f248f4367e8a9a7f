#ifndef LATCHKEY_KEYS_MULTI_BUFFER_KEY_NUMBERS_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_KEY_NUMBERS_H_

#include <array>
#include <variant>
#include <vector>

#include "keys/multi_buffer/algorithm.h"
#include "support/openssl.h"

namespace latchkey::keys::multi_buffer {

// The numbers of a private key as the lanes take them: 64-bit words, the least significant first. OpenSSL keeps its
// own; these are wiped with the key.
struct RsaNumbers {
  Algorithm algorithm;
  SecretWords p;
  SecretWords q;
  SecretWords d_p;
  SecretWords d_q;
  SecretWords q_inverse;
  std::vector<uint64_t> n;
  // Most significant byte first, as inputs are compared with it.
  std::vector<uint8_t> modulus;
};

struct EcdsaNumbers {
  Algorithm algorithm;
  SecretWords d;
  // Of the curve's base point.
  std::vector<uint64_t> order;
};

// RFC 8032, section 5.1.5.
struct Ed25519Numbers {
  static constexpr Algorithm algorithm = Algorithm::kEd25519;
  static constexpr size_t kWords = 4;

  // s, as its hash gives it, and what follows there.
  const uint64_t* scalar() const { return hash.data(); }
  const uint64_t* prefix() const { return hash.data() + kWords; }

  SecretBytes private_key;
  SecretWords hash;
  std::array<uint8_t, kWords * sizeof(uint64_t)> public_key;
};

// Of a key that the lanes cannot serve: monostate. That are RSA keys of other sizes, of more than two primes, of primes
// that differ in length, with another public exponent than 65537, and those whose OID is id-RSASSA-PSS, which may
// carry restrictions that OpenSSL knows how to honour.
using KeyNumbers = std::variant<std::monostate, RsaNumbers, EcdsaNumbers, Ed25519Numbers>;

KeyNumbers NumbersOf(EVP_PKEY* pkey);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_KEY_NUMBERS_H_
