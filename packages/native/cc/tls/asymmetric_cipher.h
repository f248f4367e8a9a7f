#ifndef LATCHKEY_TLS_ASYMMETRIC_CIPHER_H_
#define LATCHKEY_TLS_ASYMMETRIC_CIPHER_H_

#include <openssl/core.h>

namespace latchkey::tls {

extern const OSSL_ALGORITHM kAsymmetricCipherAlgorithms[];

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_ASYMMETRIC_CIPHER_H_
