#ifndef LATCHKEY_KEYS_OPENSSL_EXECUTOR_H_
#define LATCHKEY_KEYS_OPENSSL_EXECUTOR_H_

#include <cstddef>

#include "keys/operation.h"

namespace latchkey::keys {

// Performs operations one after the other and fills in answer and answer_length of each that succeeds and sets its
// status to kOk. All fit their keys, and their payloads are as long as they must be. Those with the same key and scheme
// ought to follow one another.
void PerformWithOpenssl(Operation* const* operations, size_t count);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_OPENSSL_EXECUTOR_H_
