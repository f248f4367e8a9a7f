#ifndef LATCHKEY_TLS_KEY_MANAGEMENT_H_
#define LATCHKEY_TLS_KEY_MANAGEMENT_H_

#include <openssl/core.h>

#include "support/openssl.h"

namespace latchkey::tls {

// A private key that is somewhere else: all that is known of it is the public half, a key of the default provider's.
struct RemoteKey {
  KeyPointer public_key;
};

extern const OSSL_ALGORITHM kKeyManagementAlgorithms[];

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_KEY_MANAGEMENT_H_
