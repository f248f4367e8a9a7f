#include "tls/provider.h"

#include "tls/asymmetric_cipher.h"
#include "tls/dispatch.h"
#include "tls/key_management.h"
#include "tls/library_context.h"
#include "tls/signature.h"

namespace latchkey::tls {

namespace {

const OSSL_ALGORITHM* QueryOperation(void*, int operation, int* no_cache) {
  *no_cache = 0;
  switch (operation) {
    case OSSL_OP_KEYMGMT:
      return kKeyManagementAlgorithms;
    case OSSL_OP_SIGNATURE:
      return kSignatureAlgorithms;
    case OSSL_OP_ASYM_CIPHER:
      return kAsymmetricCipherAlgorithms;
    default:
      return nullptr;
  }
}

void Teardown(void*) {}

const OSSL_DISPATCH kProvider[] = {
    Entry<OSSL_FUNC_provider_query_operation_fn>(OSSL_FUNC_PROVIDER_QUERY_OPERATION, QueryOperation),
    Entry<OSSL_FUNC_provider_teardown_fn>(OSSL_FUNC_PROVIDER_TEARDOWN, Teardown),
    kEndOfTable,
};

}  // namespace

int InitialiseProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** provider,
                       void** provider_context) {
  *provider = kProvider;
  // Without state of its own, the provider passes the core's handle for its context, as the null provider does.
  *provider_context = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

KeyPointer MakeRemoteKey(EVP_PKEY* public_key) {
  OSSL_PARAM* exported = nullptr;
  if (EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &exported) != 1) return nullptr;
  const ParamsPointer params(exported);
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_name(
      GetLibraryContext()->context, EVP_PKEY_get0_type_name(public_key), "provider=latchkey"));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return KeyPointer(key);
}

}  // namespace latchkey::tls
