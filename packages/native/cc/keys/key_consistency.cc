#include "keys/key_consistency.h"

#include <openssl/core_names.h>

#include <vector>

namespace latchkey::keys {

namespace {

bool IsRsaConsistent(EVP_PKEY* pkey);
bool HasMoreThanTwoPrimes(EVP_PKEY* pkey);
bool AreCrtNumbersConsistent(EVP_PKEY* pkey);
bool IsInverse(const BIGNUM* number, const BIGNUM* of, const BIGNUM* modulus, BN_CTX* context);
bool CanVerifyWhatItSigns(EVP_PKEY* pkey);
bool PassesPairwiseCheck(EVP_PKEY* pkey);

BignumPointer GetNumber(EVP_PKEY* pkey, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(pkey, name, &number);
  return BignumPointer(number);
}

}  // namespace

bool IsConsistent(EVP_PKEY* pkey) {
  const bool is_rsa = EVP_PKEY_is_a(pkey, "RSA") == 1 || EVP_PKEY_is_a(pkey, "RSA-PSS") == 1;
  return is_rsa && !HasMoreThanTwoPrimes(pkey) ? IsRsaConsistent(pkey) : PassesPairwiseCheck(pkey);
}

namespace {

// EVP_PKEY_pairwise_check also proves that the primes are primes, which takes 40 ms for RSA-2048 and 300 ms for
// RSA-4096. A key whose numbers fit each other and whose signature verifies is none that got damaged.
bool IsRsaConsistent(EVP_PKEY* pkey) { return AreCrtNumbersConsistent(pkey) && CanVerifyWhatItSigns(pkey); }

bool HasMoreThanTwoPrimes(EVP_PKEY* pkey) { return GetNumber(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3) != nullptr; }

// RFC 8017, section 3.2. OpenSSL computes right results, only slower, where these numbers are wrong.
bool AreCrtNumbersConsistent(EVP_PKEY* pkey) {
  const BignumPointer n = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_N);
  const BignumPointer e = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_E);
  const BignumPointer d = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_D);
  const BignumPointer p = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
  const BignumPointer q = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2);
  const BignumPointer d_p = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT1);
  const BignumPointer d_q = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT2);
  const BignumPointer q_inverse = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  const BignumContextPointer context(BN_CTX_new());
  const BignumPointer product(BN_new());
  if (!n || !e || !d || !p || !q || !d_p || !d_q || !q_inverse || !context || !product) return false;

  const BignumPointer p_minus_1(BN_dup(p.get()));
  const BignumPointer q_minus_1(BN_dup(q.get()));
  return p_minus_1 && q_minus_1 && BN_sub_word(p_minus_1.get(), 1) == 1 && BN_sub_word(q_minus_1.get(), 1) == 1 &&
         BN_mul(product.get(), p.get(), q.get(), context.get()) == 1 && BN_cmp(product.get(), n.get()) == 0 &&
         IsInverse(d.get(), e.get(), p_minus_1.get(), context.get()) &&
         IsInverse(d.get(), e.get(), q_minus_1.get(), context.get()) &&
         IsInverse(d_p.get(), e.get(), p_minus_1.get(), context.get()) &&
         IsInverse(d_q.get(), e.get(), q_minus_1.get(), context.get()) &&
         IsInverse(q_inverse.get(), q.get(), p.get(), context.get());
}

bool IsInverse(const BIGNUM* number, const BIGNUM* of, const BIGNUM* modulus, BN_CTX* context) {
  const BignumPointer product(BN_new());
  return product && BN_mod_mul(product.get(), number, of, modulus, context) == 1 && BN_is_one(product.get());
}

bool CanVerifyWhatItSigns(EVP_PKEY* pkey) {
  // Any message does; the hash is the one that the key asks for.
  constexpr unsigned char kMessage[] = "latchkey";
  std::vector<unsigned char> signature(static_cast<size_t>(EVP_PKEY_get_size(pkey)));
  size_t length = signature.size();
  const DigestContextPointer signing(EVP_MD_CTX_new());
  const DigestContextPointer verifying(EVP_MD_CTX_new());
  return signing && verifying &&
         EVP_DigestSignInit_ex(signing.get(), nullptr, nullptr, nullptr, nullptr, pkey, nullptr) == 1 &&
         EVP_DigestSign(signing.get(), signature.data(), &length, kMessage, sizeof(kMessage)) == 1 &&
         EVP_DigestVerifyInit_ex(verifying.get(), nullptr, nullptr, nullptr, nullptr, pkey, nullptr) == 1 &&
         EVP_DigestVerify(verifying.get(), signature.data(), length, kMessage, sizeof(kMessage)) == 1;
}

bool PassesPairwiseCheck(EVP_PKEY* pkey) {
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr));
  return context && EVP_PKEY_pairwise_check(context.get()) == 1;
}

}  // namespace

}  // namespace latchkey::keys
