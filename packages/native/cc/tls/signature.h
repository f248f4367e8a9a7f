#ifndef LATCHKEY_TLS_SIGNATURE_H_
#define LATCHKEY_TLS_SIGNATURE_H_

#include <openssl/core.h>

namespace latchkey::tls {

extern const OSSL_ALGORITHM kSignatureAlgorithms[];

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_SIGNATURE_H_
