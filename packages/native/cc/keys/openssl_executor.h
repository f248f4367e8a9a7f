#ifndef LATCHKEY_KEYS_OPENSSL_EXECUTOR_H_
#define LATCHKEY_KEYS_OPENSSL_EXECUTOR_H_

#include <cstddef>

#include "keys/operation.h"

namespace latchkey::keys {

// Performs a group of operations one after the other and fills in answer and answer_length of
// each that succeeds and sets its status to kOk.
//
// All of a group are the same primitive with keys of the same size or curve, so that a library that computes several
// side by side can take this function's place; those with the same key and scheme follow one another. All fit their
// keys, and their payloads are as long as they must be.
void PerformWithOpenssl(Operation* const* group, size_t count);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_OPENSSL_EXECUTOR_H_
