#ifndef LATCHKEY_TLS_PROVIDER_H_
#define LATCHKEY_TLS_PROVIDER_H_

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#include "support/openssl.h"

namespace latchkey::tls {

inline constexpr char kProviderName[] = "latchkey";

// The provider's entry point (provider-base(7)): key management, signatures and asymmetric decryption for keys of which
// only the public half is here.
int InitialiseProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core, const OSSL_DISPATCH** provider,
                       void** provider_context);

// A key of our provider's with this public half: OpenSSL takes it for a private key. Null on failure.
KeyPointer MakeRemoteKey(EVP_PKEY* public_key);

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_PROVIDER_H_
