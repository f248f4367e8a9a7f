#ifndef LATCHKEY_KEYS_KEY_CONSISTENCY_H_
#define LATCHKEY_KEYS_KEY_CONSISTENCY_H_

#include "support/openssl.h"

namespace latchkey::keys {

// Whether the numbers of the private key fit each other and the public key.
bool IsConsistent(EVP_PKEY* pkey);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_KEY_CONSISTENCY_H_
