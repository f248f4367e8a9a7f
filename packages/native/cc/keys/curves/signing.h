#ifndef LATCHKEY_KEYS_CURVES_SIGNING_H_
#define LATCHKEY_KEYS_CURVES_SIGNING_H_

#include "keys/curves/number.h"

namespace latchkey::keys::curves {

// Those of the longest curve here; a shorter one uses the first of them.
inline constexpr size_t kMaximumWords = 6;

// One ECDSA signature to be computed (FIPS 186-5, section 6.4.1).
struct Signing {
  // k and d, from 1 to n - 1; e below n.
  Number<kMaximumWords> nonce;
  Number<kMaximumWords> private_key;
  Number<kMaximumWords> digest;

  // r and s, if `succeeded`. With the one nonce in 2^254 or so for which the arithmetic has no result it does not.
  Number<kMaximumWords> r;
  Number<kMaximumWords> s;
  bool succeeded;
};

// How signatures of one curve are computed. What that takes is kept in `room`, and in stack frames: both hold secrets
// afterwards, which the caller wipes.
struct Engine {
  struct Sizes {
    // As many signatures cost about as much as one.
    size_t lanes;
    // Bytes of room for each `lanes` signatures begun, a multiple of kRoomAlignment.
    size_t room;
  };

  Sizes sizes;
  void (*sign)(Signing* signings, size_t count, void* room);
};

inline constexpr size_t kRoomAlignment = 64;

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_SIGNING_H_
