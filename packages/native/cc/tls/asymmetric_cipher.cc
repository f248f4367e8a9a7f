#include "tls/asymmetric_cipher.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "tls/dispatch.h"
#include "tls/key_management.h"
#include "tls/private_key_holder.h"

// provider-asym_cipher(7) for remote RSA keys: the one decryption that TLS knows, that of a premaster secret (RFC 5246,
// section 7.4.7.1).

namespace latchkey::tls {

namespace {

struct DecryptionContext {
  EVP_PKEY* public_key = nullptr;
  int padding = 0;
  unsigned client_version = 0;
};

void* New(void*) { return std::make_unique<DecryptionContext>().release(); }

void Free(void* data) { std::unique_ptr<DecryptionContext>(static_cast<DecryptionContext*>(data)).reset(); }

int SetContextParams(void* data, const OSSL_PARAM params[]) {
  auto& context = *static_cast<DecryptionContext*>(data);
  if (params == nullptr) return 1;
  const OSSL_PARAM* padding = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_PAD_MODE);
  if (padding != nullptr && OSSL_PARAM_get_int(padding, &context.padding) != 1) return 0;
  const OSSL_PARAM* version = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION);
  return version == nullptr || OSSL_PARAM_get_uint(version, &context.client_version) == 1;
}

int DecryptInit(void* data, void* key, const OSSL_PARAM params[]) {
  auto& context = *static_cast<DecryptionContext*>(data);
  context.public_key = static_cast<const RemoteKey*>(key)->public_key.get();
  return SetContextParams(data, params);
}

int Decrypt(void* data, unsigned char* plaintext, size_t* plaintext_size, size_t capacity,
            const unsigned char* ciphertext, size_t ciphertext_size) {
  const auto& context = *static_cast<const DecryptionContext*>(data);
  if (context.public_key == nullptr || context.padding != RSA_PKCS1_WITH_TLS_PADDING) return 0;
  *plaintext_size = kPremasterLength;
  if (plaintext == nullptr) return 1;
  PrivateKeyHolder* holder = PrivateKeyHolder::Current();
  if (holder == nullptr || capacity < kPremasterLength) return 0;
  unsigned char premaster[kPremasterLength];
  const auto modulus_length = static_cast<size_t>(EVP_PKEY_get_size(context.public_key));
  const bool answered =
      holder->DecryptPremaster({ciphertext, ciphertext_size}, context.client_version, modulus_length, premaster);
  if (answered) std::copy(std::begin(premaster), std::end(premaster), plaintext);
  OPENSSL_cleanse(premaster, sizeof premaster);
  return answered;
}

// OpenSSL drops what is not listed.
const OSSL_PARAM* SettableContextParams(void*, void*) {
  static const OSSL_PARAM settable[] = {
      OSSL_PARAM_int(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, nullptr),
      OSSL_PARAM_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, nullptr),
      OSSL_PARAM_END,
  };
  return settable;
}

const OSSL_DISPATCH kAsymmetricCipher[] = {
    Entry<OSSL_FUNC_asym_cipher_newctx_fn>(OSSL_FUNC_ASYM_CIPHER_NEWCTX, New),
    Entry<OSSL_FUNC_asym_cipher_freectx_fn>(OSSL_FUNC_ASYM_CIPHER_FREECTX, Free),
    Entry<OSSL_FUNC_asym_cipher_decrypt_init_fn>(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, DecryptInit),
    Entry<OSSL_FUNC_asym_cipher_decrypt_fn>(OSSL_FUNC_ASYM_CIPHER_DECRYPT, Decrypt),
    Entry<OSSL_FUNC_asym_cipher_set_ctx_params_fn>(OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, SetContextParams),
    Entry<OSSL_FUNC_asym_cipher_settable_ctx_params_fn>(OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS,
                                                        SettableContextParams),
    kEndOfTable,
};

}  // namespace

const OSSL_ALGORITHM kAsymmetricCipherAlgorithms[] = {
    {"RSA:rsaEncryption", "provider=latchkey", kAsymmetricCipher, "decryption with remote RSA keys"},
    {nullptr, nullptr, nullptr, nullptr},
};

}  // namespace latchkey::tls
