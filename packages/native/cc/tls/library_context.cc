#include "tls/library_context.h"

#include "tls/provider.h"

namespace latchkey::tls {

namespace {

const LibraryContext* Make() {
  // What a failed set-up leaves behind is not given back: it happens once at most.
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  if (context == nullptr) return nullptr;
  // The order matters: nothing of ours may be fetched by a name alone.
  if (OSSL_PROVIDER_load(context, "default") == nullptr) return nullptr;
  if (OSSL_PROVIDER_add_builtin(context, kProviderName, InitialiseProvider) != 1) return nullptr;
  if (OSSL_PROVIDER_load(context, kProviderName) == nullptr) return nullptr;
  if (EVP_set_default_properties(context, "?provider=default") != 1) return nullptr;
  EVP_CIPHER* ticket_cipher = EVP_CIPHER_fetch(context, "AES-256-CBC", nullptr);
  if (ticket_cipher == nullptr) return nullptr;
  static const LibraryContext library{context, ticket_cipher};
  return &library;
}

}  // namespace

const LibraryContext* GetLibraryContext() {
  static const LibraryContext* const library = Make();
  return library;
}

}  // namespace latchkey::tls
