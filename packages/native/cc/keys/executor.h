#ifndef LATCHKEY_KEYS_EXECUTOR_H_
#define LATCHKEY_KEYS_EXECUTOR_H_

#include <cstddef>

#include "keys/operation.h"

namespace latchkey::keys {

// Performs a group of operations and fills in answer and answer_length of each that succeeds and sets its status to
// kOk. Each goes to whoever takes least for it by what the self-tests measured: our own arithmetic of curves, crypto_mb
// where it is in use, or OpenSSL.
//
// All of a group have keys of one type and size; those with the same key and scheme follow one another. All fit their
// keys, and their payloads are as long as they must be.
void PerformGroup(Operation* const* group, size_t count);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_EXECUTOR_H_
