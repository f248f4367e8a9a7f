#ifndef LATCHKEY_KEYS_CURVES_ECDSA_BATCH_H_
#define LATCHKEY_KEYS_CURVES_ECDSA_BATCH_H_

#include <cstddef>

#include "keys/curves/signing.h"
#include "keys/operation.h"

namespace latchkey::keys::curves {

// Performs ECDSA operations with keys of the engine's curve and fills in answer and answer_length of each that succeeds
// and sets its status to kOk. The others are left as they are, for OpenSSL.
void PerformEcdsa(const EcdsaEngine& engine, Operation* const* operations, size_t count);

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_ECDSA_BATCH_H_
