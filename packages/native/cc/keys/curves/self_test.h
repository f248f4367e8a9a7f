#ifndef LATCHKEY_KEYS_CURVES_SELF_TEST_H_
#define LATCHKEY_KEYS_CURVES_SELF_TEST_H_

#include "keys/curves/curve.h"
#include "keys/curves/signing.h"

namespace latchkey::keys::curves {

// Whether an engine computes with the nonces that it is given what OpenSSL computes with them, bit for bit. The nonces
// are such that every point of the engine's table that has a part in a signature has one in the test.
template <typename Curve>
bool PassesSelfTest(const Engine& engine);

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_SELF_TEST_H_
