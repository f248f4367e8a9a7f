#ifndef LATCHKEY_TLS_DISPATCH_H_
#define LATCHKEY_TLS_DISPATCH_H_

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

namespace latchkey::tls {

// One function of an OSSL_DISPATCH table. `Signature` is the type that core_dispatch.h gives the function of that id,
// so that a mismatch does not compile.
template <typename Signature>
OSSL_DISPATCH Entry(int id, Signature* function) {
  return {id, reinterpret_cast<void (*)(void)>(function)};
}

inline constexpr OSSL_DISPATCH kEndOfTable = {0, nullptr};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_DISPATCH_H_
