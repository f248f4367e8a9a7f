#include "tls/key_management.h"

#include <openssl/core_names.h>

#include "tls/dispatch.h"
#include "tls/library_context.h"

// provider-keymgmt(7) for remote keys. Whatever concerns the public half is left to the default provider's key.

namespace latchkey::tls {

namespace {

void* New(void*) { return std::make_unique<RemoteKey>().release(); }

void Free(void* data) { std::unique_ptr<RemoteKey>(static_cast<RemoteKey*>(data)).reset(); }

EVP_PKEY* PublicKey(const void* data) { return static_cast<const RemoteKey*>(data)->public_key.get(); }

// The private half counts as present: it can be used, if not seen.
int Has(const void* data, int) { return PublicKey(data) != nullptr; }

int Match(const void* one, const void* other, int selection) {
  // Private halves cannot be compared; the public ones decide.
  if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0) return 1;
  return EVP_PKEY_eq(PublicKey(one), PublicKey(other)) == 1;
}

template <const char* Type>
int Import(void* data, int, const OSSL_PARAM params[]) {
  const KeyContextPointer context(
      EVP_PKEY_CTX_new_from_name(GetLibraryContext()->context, Type, kDefaultProvider));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(params)) != 1)
    return 0;
  static_cast<RemoteKey*>(data)->public_key.reset(key);
  return 1;
}

// What can be imported and exported: the public keys of all types, and of RSA-PSS the parameters that bind the key.
const OSSL_PARAM* PublicKeyTypes(int) {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_RSA_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MGF1_DIGEST, nullptr, 0),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
      OSSL_PARAM_END,
  };
  return types;
}

// Refusing to export a private key is what makes OpenSSL perform its operations with our provider: it tries to move the
// key to the default one first.
int Export(void* data, int selection, OSSL_CALLBACK* callback, void* argument) {
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
  return EVP_PKEY_export(PublicKey(data), selection, callback, argument);
}

int GetParams(void* data, OSSL_PARAM params[]) { return EVP_PKEY_get_params(PublicKey(data), params); }

const OSSL_PARAM* GettableParams(void*) {
  static const OSSL_PARAM gettable[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, nullptr, 0),
      OSSL_PARAM_END,
  };
  return gettable;
}

constexpr char kRsa[] = "RSA";
constexpr char kRsaPss[] = "RSA-PSS";
constexpr char kEc[] = "EC";
constexpr char kEd25519[] = "ED25519";

const char* RsaOperationName(int) { return kRsa; }

const char* EcOperationName(int) { return "ECDSA"; }

const char* Ed25519OperationName(int) { return kEd25519; }

template <const char* Type, OSSL_FUNC_keymgmt_query_operation_name_fn* OperationName>
const OSSL_DISPATCH kKeyManagement[] = {
    Entry<OSSL_FUNC_keymgmt_new_fn>(OSSL_FUNC_KEYMGMT_NEW, New),
    Entry<OSSL_FUNC_keymgmt_free_fn>(OSSL_FUNC_KEYMGMT_FREE, Free),
    Entry<OSSL_FUNC_keymgmt_has_fn>(OSSL_FUNC_KEYMGMT_HAS, Has),
    Entry<OSSL_FUNC_keymgmt_match_fn>(OSSL_FUNC_KEYMGMT_MATCH, Match),
    Entry<OSSL_FUNC_keymgmt_import_fn>(OSSL_FUNC_KEYMGMT_IMPORT, Import<Type>),
    Entry<OSSL_FUNC_keymgmt_import_types_fn>(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, PublicKeyTypes),
    Entry<OSSL_FUNC_keymgmt_export_fn>(OSSL_FUNC_KEYMGMT_EXPORT, Export),
    Entry<OSSL_FUNC_keymgmt_export_types_fn>(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, PublicKeyTypes),
    Entry<OSSL_FUNC_keymgmt_get_params_fn>(OSSL_FUNC_KEYMGMT_GET_PARAMS, GetParams),
    Entry<OSSL_FUNC_keymgmt_gettable_params_fn>(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, GettableParams),
    Entry<OSSL_FUNC_keymgmt_query_operation_name_fn>(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, OperationName),
    kEndOfTable,
};

}  // namespace

const OSSL_ALGORITHM kKeyManagementAlgorithms[] = {
    {"RSA:rsaEncryption", "provider=latchkey", kKeyManagement<kRsa, RsaOperationName>, "remote RSA key"},
    {"RSA-PSS:RSASSA-PSS", "provider=latchkey", kKeyManagement<kRsaPss, RsaOperationName>, "remote RSA-PSS key"},
    {"EC:id-ecPublicKey", "provider=latchkey", kKeyManagement<kEc, EcOperationName>, "remote EC key"},
    {"ED25519", "provider=latchkey", kKeyManagement<kEd25519, Ed25519OperationName>, "remote Ed25519 key"},
    {nullptr, nullptr, nullptr, nullptr},
};

}  // namespace latchkey::tls
