#include "keys/multi_buffer/key_numbers.h"

#include <openssl/core_names.h>

#include <optional>

#include "support/error_scope.h"

namespace latchkey::keys::multi_buffer {

namespace {

constexpr int kWordBits = 64;
constexpr BN_ULONG kPublicExponent = 65537;

BignumPointer GetNumber(EVP_PKEY* pkey, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(pkey, name, &number);
  return BignumPointer(number);
}

size_t WordsFor(int bits) { return static_cast<size_t>((bits + kWordBits - 1) / kWordBits); }

bool ToWords(const BIGNUM* number, uint64_t* words, size_t count) {
  const auto length = static_cast<int>(count * sizeof(uint64_t));
  return BN_bn2lebinpad(number, reinterpret_cast<unsigned char*>(words), length) == length;
}

bool GetWords(EVP_PKEY* pkey, const char* name, size_t count, SecretWords& words) {
  const BignumPointer number = GetNumber(pkey, name);
  words = SecretWords(count);
  return number && ToWords(number.get(), words.data(), count);
}

std::optional<Algorithm> RsaAlgorithm(int bits) {
  switch (bits) {
    case 2048:
      return Algorithm::kRsa2048;
    case 3072:
      return Algorithm::kRsa3072;
    case 4096:
      return Algorithm::kRsa4096;
    default:
      return std::nullopt;
  }
}

bool HasBits(EVP_PKEY* pkey, const char* name, int bits) {
  const BignumPointer number = GetNumber(pkey, name);
  return number && BN_num_bits(number.get()) == bits;
}

KeyNumbers RsaNumbersOf(EVP_PKEY* pkey) {
  const int bits = EVP_PKEY_get_bits(pkey);
  const std::optional<Algorithm> algorithm = RsaAlgorithm(bits);
  const BignumPointer n = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_N);
  const BignumPointer e = GetNumber(pkey, OSSL_PKEY_PARAM_RSA_E);
  if (!algorithm || !n || !e || BN_is_word(e.get(), kPublicExponent) != 1 ||
      GetNumber(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3) || !HasBits(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, bits / 2) ||
      !HasBits(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, bits / 2))
    return {};

  RsaNumbers numbers;
  numbers.algorithm = *algorithm;
  numbers.n.resize(WordsFor(bits));
  numbers.modulus.resize(static_cast<size_t>(bits / 8));
  const size_t half = WordsFor(bits / 2);
  const bool complete = ToWords(n.get(), numbers.n.data(), numbers.n.size()) &&
                        BN_bn2bin(n.get(), numbers.modulus.data()) == bits / 8 &&
                        GetWords(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, half, numbers.p) &&
                        GetWords(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, half, numbers.q) &&
                        GetWords(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT1, half, numbers.d_p) &&
                        GetWords(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT2, half, numbers.d_q) &&
                        GetWords(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, half, numbers.q_inverse);
  if (!complete) return {};
  return numbers;
}

KeyNumbers EcdsaNumbersOf(EVP_PKEY* pkey) {
  const BignumPointer order = GetNumber(pkey, OSSL_PKEY_PARAM_EC_ORDER);
  if (!order) return {};
  EcdsaNumbers numbers;
  const int bits = BN_num_bits(order.get());
  numbers.algorithm = bits == 256 ? Algorithm::kP256 : bits == 384 ? Algorithm::kP384 : Algorithm::kP521;
  numbers.order.resize(WordsFor(bits));
  if (!ToWords(order.get(), numbers.order.data(), numbers.order.size()) ||
      !GetWords(pkey, OSSL_PKEY_PARAM_PRIV_KEY, numbers.order.size(), numbers.d))
    return {};
  return numbers;
}

// RFC 8032, section 5.1.5, steps 1 and 2.
bool HashPrivateKey(const SecretBytes& private_key, SecretWords& hash) {
  hash = SecretWords(2 * Ed25519Numbers::kWords);
  auto* bytes = reinterpret_cast<unsigned char*>(hash.data());
  if (EVP_Q_digest(nullptr, "SHA512", nullptr, private_key.data(), private_key.size(), bytes, nullptr) != 1)
    return false;
  constexpr size_t kLast = Ed25519Numbers::kWords * sizeof(uint64_t) - 1;
  bytes[0] &= 0xf8;
  bytes[kLast] &= 0x7f;
  bytes[kLast] |= 0x40;
  return true;
}

KeyNumbers Ed25519NumbersOf(EVP_PKEY* pkey) {
  Ed25519Numbers numbers;
  numbers.private_key = SecretBytes(numbers.public_key.size());
  size_t public_length = numbers.public_key.size();
  // Not EVP_PKEY_get_raw_private_key(), which leaves a copy behind in memory that it frees.
  if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, numbers.private_key.data(),
                                      numbers.private_key.size(), nullptr) != 1 ||
      EVP_PKEY_get_raw_public_key(pkey, numbers.public_key.data(), &public_length) != 1 ||
      !HashPrivateKey(numbers.private_key, numbers.hash))
    return {};
  return numbers;
}

}  // namespace

KeyNumbers NumbersOf(EVP_PKEY* pkey) {
  const ErrorScope errors;
  if (EVP_PKEY_is_a(pkey, "RSA") == 1) return RsaNumbersOf(pkey);
  if (EVP_PKEY_is_a(pkey, "EC") == 1) return EcdsaNumbersOf(pkey);
  if (EVP_PKEY_is_a(pkey, "ED25519") == 1) return Ed25519NumbersOf(pkey);
  return {};
}

}  // namespace latchkey::keys::multi_buffer
