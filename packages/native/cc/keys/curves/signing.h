#ifndef LATCHKEY_KEYS_CURVES_SIGNING_H_
#define LATCHKEY_KEYS_CURVES_SIGNING_H_

#include <type_traits>

#include "keys/curves/curve.h"
#include "support/bytes.h"

namespace latchkey::keys::curves {

// Those of the longest curve here; a shorter one uses the first of them.
inline constexpr size_t kMaximumWords = 6;

// One ECDSA signature to be computed (FIPS 186-5, section 6.4.1).
struct EcdsaSigning {
  // k and d, from 1 to n - 1; e below n.
  Number<kMaximumWords> nonce;
  Number<kMaximumWords> private_key;
  Number<kMaximumWords> digest;

  // r and s, if `succeeded`. With the one nonce in 2^254 or so for which the arithmetic has no result it does not.
  Number<kMaximumWords> r;
  Number<kMaximumWords> s;
  bool succeeded;
};

// One Ed25519 signature to be computed (RFC 8032, section 5.1.6). Numbers have their bytes in the order of the RFC.
struct Ed25519Signing {
  // The two halves of the private key's hash, and the public key: s, prefix and A.
  Number<4> scalar;
  Number<4> prefix;
  Number<4> public_key;
  ByteView message;
  // r: the hash of prefix and message, not reduced.
  Number<8> nonce;

  // R and S, if `succeeded`: they are what the nonce, scalar and message make them, checked by computing it in another way
  // or once more. They are unless the machine computes wrongly.
  Number<4> r;
  Number<4> s;
  bool succeeded;
};

struct EngineSizes {
  // As many signatures cost about as much as one.
  size_t lanes;
  // Bytes of room for each `lanes` signatures begun, a multiple of kRoomAlignment.
  size_t room;
  // As many lanes of a call are for no signature, and need room too.
  size_t lanes_beside = 0;
};

inline constexpr size_t kRoomAlignment = 64;

// How signatures of one curve are computed. What that takes is kept in `room`, and in stack frames: both hold secrets
// afterwards, which the caller wipes.
struct EcdsaEngine {
  EngineSizes sizes;
  void (*sign)(EcdsaSigning* signings, size_t count, void* room);
};

struct Ed25519Engine {
  EngineSizes sizes;
  // Fills in the nonces.
  void (*hash_nonces)(Ed25519Signing* signings, size_t count);
  // With the nonces that are there.
  void (*sign)(Ed25519Signing* signings, size_t count, void* room);
};

template <typename Curve>
using EngineOf = std::conditional_t<std::is_same_v<Curve, Edwards25519>, Ed25519Engine, EcdsaEngine>;

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_SIGNING_H_
