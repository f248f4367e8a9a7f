#ifndef LATCHKEY_KEYS_CURVES_SELF_TEST_H_
#define LATCHKEY_KEYS_CURVES_SELF_TEST_H_

#include "keys/curves/curve.h"
#include "keys/curves/signing.h"

namespace latchkey::keys::curves {

// Whether an engine computes with the nonces that it is given what OpenSSL computes with them, bit for bit, or for Ed25519
// what OpenSSL accepts, and finds the nonces of Ed25519 that OpenSSL finds. The nonces are such that every point of the
// engine's table that has a part in a signature has one in the test.
template <typename Curve>
bool PassesSelfTest(const EngineOf<Curve>& engine);

template <>
bool PassesSelfTest<Edwards25519>(const Ed25519Engine& engine);

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_SELF_TEST_H_
