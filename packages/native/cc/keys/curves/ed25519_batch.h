#ifndef LATCHKEY_KEYS_CURVES_ED25519_BATCH_H_
#define LATCHKEY_KEYS_CURVES_ED25519_BATCH_H_

#include <cstddef>

#include "keys/curves/signing.h"
#include "keys/operation.h"

namespace latchkey::keys::curves {

// Performs operations with Ed25519 keys and fills in answer and answer_length of each that succeeds and sets its status
// to kOk. The others are left as they are, for OpenSSL: those whose result was found to be wrong, and those with long
// messages.
void PerformEd25519(const Ed25519Engine& engine, Operation* const* operations, size_t count);

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_ED25519_BATCH_H_
