#include "keys/openssl_executor.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <cstring>
#include <utility>

#include "keys/digest.h"
#include "support/error_scope.h"
#include "support/premaster_padding.h"

namespace latchkey::keys {

namespace {

void PerformRun(Operation* const* run, size_t count);
void SignMessages(Operation* const* run, size_t count);
DigestContextPointer TakeMessageContext(const Key& key);
KeyContextPointer TakeContext(const Key& key, const Scheme& scheme);
bool Initialise(EVP_PKEY_CTX* context, const Scheme& scheme);
bool Perform(EVP_PKEY_CTX* context, Operation& operation);
bool SignDigest(EVP_PKEY_CTX* context, Operation& operation);
bool DecryptBlock(EVP_PKEY_CTX* context, Operation& operation);
bool DecryptPremaster(EVP_PKEY_CTX* context, Operation& operation);

}  // namespace

// RSA results are not verified once more here. OpenSSL's rsa_ossl_mod_exp raises each CRT result to the public exponent
// and, where that does not give the input back, computes without CRT instead: no faulty signature leaves, which would
// give the primes away. Seen with keys of damaged dP, dQ, qInv and p on OpenSSL 3.0.19 and 3.5.8, and tested with
// faults in memory.
void PerformWithOpenssl(Operation* const* operations, size_t count) {
  const ErrorScope errors;
  for (size_t start = 0; start < count;) {
    size_t end = start + 1;
    while (end < count && operations[end]->key == operations[start]->key &&
           operations[end]->scheme == operations[start]->scheme)
      ++end;
    PerformRun(operations + start, end - start);
    start = end;
  }
}

namespace {

// Operations with the same key and scheme.
void PerformRun(Operation* const* run, size_t count) {
  const Key& key = *run[0]->key;
  const Scheme& scheme = *run[0]->scheme;
  if (scheme.primitive == Primitive::kEd25519) return SignMessages(run, count);
  KeyContextPointer context;
  for (size_t i = 0; i < count; ++i) {
    if (!context) context = TakeContext(key, scheme);
    if (context && Perform(context.get(), *run[i])) {
      run[i]->status = Status::kOk;
    } else {
      // What state a context is in after a failure is nobody's promise.
      context.reset();
    }
  }
  if (context) key.contexts(scheme).Return(std::move(context));
}

// Ed25519 goes over the message twice and so cannot sign a digest: OpenSSL has other functions for it.
void SignMessages(Operation* const* run, size_t count) {
  const Key& key = *run[0]->key;
  DigestContextPointer context;
  for (size_t i = 0; i < count; ++i) {
    Operation& operation = *run[i];
    if (!context) context = TakeMessageContext(key);
    operation.answer_length = key.maximum_answer_length();
    // A context signs once per initialisation; one without a key keeps the key of the first.
    if (context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, nullptr) == 1 &&
        EVP_DigestSign(context.get(), operation.answer, &operation.answer_length, operation.payload.data,
                       operation.payload.size) == 1) {
      operation.status = Status::kOk;
    } else {
      context.reset();
    }
  }
  if (context) key.message_contexts().Return(std::move(context));
}

DigestContextPointer TakeMessageContext(const Key& key) {
  if (DigestContextPointer idle = key.message_contexts().Take()) return idle;
  DigestContextPointer context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.pkey()) != 1)
    return nullptr;
  return context;
}

KeyContextPointer TakeContext(const Key& key, const Scheme& scheme) {
  if (KeyContextPointer idle = key.contexts(scheme).Take()) return idle;
  KeyContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.pkey(), nullptr));
  if (!context || !Initialise(context.get(), scheme)) return nullptr;
  return context;
}

bool Initialise(EVP_PKEY_CTX* context, const Scheme& scheme) {
  const EVP_MD* digest = scheme.digest_name == nullptr ? nullptr : DigestOf(scheme);
  switch (scheme.primitive) {
    case Primitive::kRsaBlock:
      return EVP_PKEY_decrypt_init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1;
    case Primitive::kRsaPremaster:
      return EVP_PKEY_decrypt_init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_WITH_TLS_PADDING) == 1;
    case Primitive::kRsaPkcs1:
      return digest != nullptr && EVP_PKEY_sign_init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, digest) == 1;
    case Primitive::kRsaPss:
      // MGF1 uses the signature's hash unless told otherwise.
      return digest != nullptr && EVP_PKEY_sign_init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, digest) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    case Primitive::kEcdsa:
      // Without a hash: ECDSA takes the digest as it is, and MD5SHA1 is none that OpenSSL would let ECDSA use.
      return EVP_PKEY_sign_init(context) == 1;
    case Primitive::kEd25519:
      return false;
  }
  return false;
}

bool Perform(EVP_PKEY_CTX* context, Operation& operation) {
  switch (operation.scheme->primitive) {
    case Primitive::kRsaBlock:
      return DecryptBlock(context, operation);
    case Primitive::kRsaPremaster:
      return DecryptPremaster(context, operation);
    default:
      return SignDigest(context, operation);
  }
}

bool SignDigest(EVP_PKEY_CTX* context, Operation& operation) {
  uint8_t hashed[EVP_MAX_MD_SIZE];
  const ByteView digest = DigestToSign(operation, hashed);
  if (digest.size == 0) return false;
  operation.answer_length = operation.key->maximum_answer_length();
  return EVP_PKEY_sign(context, operation.answer, &operation.answer_length, digest.data, digest.size) == 1;
}

bool DecryptBlock(EVP_PKEY_CTX* context, Operation& operation) {
  operation.answer_length = operation.key->maximum_answer_length();
  return EVP_PKEY_decrypt(context, operation.answer, &operation.answer_length, operation.payload.data,
                          operation.payload.size) == 1;
}

// RFC 5246, section 7.4.7.1. Wrong padding or a wrong version make OpenSSL answer with random bytes in constant time.
// What it does refuse, everyone can tell from the ciphertext alone: it is no number below the modulus, or not as long
// as the modulus. That is answered with random bytes too, so that no requester has a case of its own for it.
bool DecryptPremaster(EVP_PKEY_CTX* context, Operation& operation) {
  const size_t modulus_length = operation.key->maximum_answer_length();
  unsigned int version = operation.client_version;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &version), OSSL_PARAM_END};
  if (version == 0 || EVP_PKEY_CTX_set_params(context, parameters) != 1) return false;
  operation.answer_length = modulus_length;
  if (operation.payload.size == modulus_length &&
      EVP_PKEY_decrypt(context, operation.answer, &operation.answer_length, operation.payload.data,
                       operation.payload.size) == 1 &&
      operation.answer_length == kPremasterLength)
    return true;
  operation.answer_length = kPremasterLength;
  return RAND_priv_bytes(operation.answer, kPremasterLength) == 1;
}

}  // namespace

}  // namespace latchkey::keys
