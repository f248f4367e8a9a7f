#include "tls/signature.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "tls/dispatch.h"
#include "tls/key_management.h"
#include "tls/library_context.h"
#include "tls/private_key_holder.h"

// provider-signature(7) for remote keys: whole messages only, as TLS 1.2 and 1.3 sign them.

namespace latchkey::tls {

namespace {

// The default provider's verification with the public half goes along: it takes every parameter that OpenSSL sets, and
// so refuses what does not fit the key.
struct SignatureContext {
  EVP_PKEY* public_key = nullptr;
  DigestContextPointer verification;
  // Of `verification`.
  EVP_PKEY_CTX* parameters = nullptr;
};

struct Scheme {
  const char* digest;
  const char* rsa_pkcs1;
  const char* rsa_pss;
  const char* ecdsa;
};

constexpr Scheme kSchemes[] = {
    {"SHA2-256", "rsa_pkcs1_sha256", "rsa_pss_sha256", "ecdsa_sha256"},
    {"SHA2-384", "rsa_pkcs1_sha384", "rsa_pss_sha384", "ecdsa_sha384"},
    {"SHA2-512", "rsa_pkcs1_sha512", "rsa_pss_sha512", "ecdsa_sha512"},
    {"SHA2-224", "rsa_pkcs1_sha224", nullptr, "ecdsa_sha224"},
    {"SHA1", "rsa_pkcs1_sha1", nullptr, "ecdsa_sha1"},
};

const char* RsaSchemeName(EVP_PKEY_CTX* parameters, const Scheme& scheme) {
  int padding = 0;
  if (EVP_PKEY_CTX_get_rsa_padding(parameters, &padding) <= 0) return nullptr;
  if (padding == RSA_PKCS1_PADDING) return scheme.rsa_pkcs1;
  if (padding != RSA_PKCS1_PSS_PADDING) return nullptr;
  int salt_length = 0;
  if (EVP_PKEY_CTX_get_rsa_pss_saltlen(parameters, &salt_length) <= 0) return nullptr;
  // TLS knows no other (RFC 8446, section 4.2.3), and neither do key servers.
  return salt_length == RSA_PSS_SALTLEN_DIGEST ? scheme.rsa_pss : nullptr;
}

// Null for what no key server could be asked for.
const char* SchemeName(const SignatureContext& context) {
  if (EVP_PKEY_is_a(context.public_key, "ED25519") == 1) return "ed25519";
  const EVP_MD* digest = EVP_MD_CTX_get0_md(context.verification.get());
  if (digest == nullptr) return nullptr;
  for (const Scheme& scheme : kSchemes) {
    if (EVP_MD_is_a(digest, scheme.digest) != 1) continue;
    if (EVP_PKEY_is_a(context.public_key, "EC") == 1) return scheme.ecdsa;
    return RsaSchemeName(context.parameters, scheme);
  }
  return nullptr;
}

void* New(void*, const char*) { return std::make_unique<SignatureContext>().release(); }

void Free(void* data) { std::unique_ptr<SignatureContext>(static_cast<SignatureContext*>(data)).reset(); }

int DigestSignInit(void* data, const char* digest, void* key, const OSSL_PARAM params[]) {
  auto& context = *static_cast<SignatureContext*>(data);
  if (key != nullptr) context.public_key = static_cast<const RemoteKey*>(key)->public_key.get();
  context.parameters = nullptr;
  context.verification.reset(EVP_MD_CTX_new());
  if (context.public_key == nullptr || context.verification == nullptr) return 0;
  return EVP_DigestVerifyInit_ex(context.verification.get(), &context.parameters, digest,
                                 GetLibraryContext()->context, kDefaultProvider, context.public_key, params);
}

int DigestSign(void* data, unsigned char* signature, size_t* signature_size, size_t capacity,
               const unsigned char* message, size_t message_size) {
  const auto& context = *static_cast<const SignatureContext*>(data);
  if (context.parameters == nullptr) return 0;
  if (signature == nullptr) {
    *signature_size = static_cast<size_t>(EVP_PKEY_get_size(context.public_key));
    return 1;
  }
  const char* scheme = SchemeName(context);
  PrivateKeyHolder* holder = PrivateKeyHolder::Current();
  if (scheme == nullptr || holder == nullptr) return 0;
  *signature_size = holder->Sign(scheme, {message, message_size}, signature, capacity);
  return *signature_size != 0;
}

int SetContextParams(void* data, const OSSL_PARAM params[]) {
  const auto& context = *static_cast<const SignatureContext*>(data);
  if (params == nullptr) return 1;
  return context.parameters != nullptr && EVP_PKEY_CTX_set_params(context.parameters, params) == 1;
}

// OpenSSL drops what is not listed.
const OSSL_PARAM* SettableContextParams(void*, void*) {
  static const OSSL_PARAM settable[] = {
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_PROPERTIES, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0),
      OSSL_PARAM_END,
  };
  return settable;
}

const OSSL_DISPATCH kSignature[] = {
    Entry<OSSL_FUNC_signature_newctx_fn>(OSSL_FUNC_SIGNATURE_NEWCTX, New),
    Entry<OSSL_FUNC_signature_freectx_fn>(OSSL_FUNC_SIGNATURE_FREECTX, Free),
    Entry<OSSL_FUNC_signature_digest_sign_init_fn>(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, DigestSignInit),
    Entry<OSSL_FUNC_signature_digest_sign_fn>(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, DigestSign),
    Entry<OSSL_FUNC_signature_set_ctx_params_fn>(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, SetContextParams),
    Entry<OSSL_FUNC_signature_settable_ctx_params_fn>(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS,
                                                      SettableContextParams),
    kEndOfTable,
};

}  // namespace

const OSSL_ALGORITHM kSignatureAlgorithms[] = {
    {"RSA:rsaEncryption", "provider=latchkey", kSignature, "signatures of remote RSA keys"},
    {"ECDSA", "provider=latchkey", kSignature, "signatures of remote EC keys"},
    {"ED25519", "provider=latchkey", kSignature, "signatures of remote Ed25519 keys"},
    {nullptr, nullptr, nullptr, nullptr},
};

}  // namespace latchkey::tls
