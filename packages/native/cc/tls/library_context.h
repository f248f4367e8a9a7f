#ifndef LATCHKEY_TLS_LIBRARY_CONTEXT_H_
#define LATCHKEY_TLS_LIBRARY_CONTEXT_H_

#include "support/openssl.h"

namespace latchkey::tls {

// An OpenSSL of our own inside Node's: the default provider does all cryptography, except what needs a site's private
// key, which only our provider knows. Node's own crypto and tls do not see it.
//
// One for the process, made on first use, never freed: connections of any thread may need it until the process ends.
struct LibraryContext {
  OSSL_LIB_CTX* context;
  // Of session tickets.
  EVP_CIPHER* ticket_cipher;
};

// Null where this OpenSSL cannot be set up so.
const LibraryContext* GetLibraryContext();

// The algorithms of OpenSSL's own, whatever else offers the same name.
inline constexpr char kDefaultProvider[] = "provider=default";

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_LIBRARY_CONTEXT_H_
