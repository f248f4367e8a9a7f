#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <variant>

#include "keys/curves/recoding.h"
#include "keys/curves/room.h"
#include "keys/curves/self_test.h"
#include "keys/multi_buffer/test_keys.h"
#include "support/error_scope.h"
#include "support/openssl.h"

namespace latchkey::keys::curves {

namespace {

using Curve = Edwards25519;
using multi_buffer::Ed25519Numbers;

constexpr size_t kSignings = kWindowPoints + 9;
// So that messages of one block to three are in the lanes of a vector.
constexpr size_t kLengthStep = 5;
// Numbers below are below the order.
constexpr size_t kBitsBelowOrder = Curve::kBits - 1;

struct Inputs {
  Ed25519Signing signings[kSignings] = {};
  uint8_t messages[kSignings * kLengthStep];
};

bool ChooseInputs(const Ed25519Numbers& numbers, Inputs& inputs) {
  if (RAND_bytes(inputs.messages, sizeof(inputs.messages)) != 1) return false;
  for (size_t i = 0; i < kSignings; ++i) {
    Ed25519Signing& signing = inputs.signings[i];
    std::copy_n(numbers.scalar(), signing.scalar.size(), signing.scalar.data());
    std::copy_n(numbers.prefix(), signing.prefix.size(), signing.prefix.data());
    memcpy(signing.public_key.data(), numbers.public_key.data(), numbers.public_key.size());
    signing.message = {inputs.messages, i * kLengthStep};
  }
  return true;
}

bool IsNonceRight(const Ed25519Signing& signing) {
  std::array<uint8_t, sizeof(signing.prefix) + kSignings * kLengthStep> hashed;
  uint8_t hash[EVP_MAX_MD_SIZE];
  memcpy(hashed.data(), signing.prefix.data(), sizeof(signing.prefix));
  std::copy_n(signing.message.data, signing.message.size, hashed.data() + sizeof(signing.prefix));
  const size_t length = sizeof(signing.prefix) + signing.message.size;
  const bool done = EVP_Q_digest(nullptr, "SHA512", nullptr, hashed.data(), length, hash, nullptr) == 1;
  OPENSSL_cleanse(hashed.data(), hashed.size());
  return done && memcmp(hash, signing.nonce.data(), sizeof(signing.nonce)) == 0;
}

// One for each point of a window, so that each window sees all of its points: the digit in each has the bits of `i`
// flipped. The odd number that is signed with is the nonce itself or, of even ones, its sum with the order.
bool ChooseNonces(Inputs& inputs) {
  Number<8> number{};
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(number.data()), kBitsBelowOrder / 8) != 1) return false;
  for (size_t i = 0; i < kSignings; ++i) {
    Number<8>& nonce = inputs.signings[i].nonce;
    nonce = number;
    // See Recoded.
    for (size_t position = 1; position + kWindowBits <= kBitsBelowOrder; position += kWindowBits) {
      for (size_t bit = 0; bit < kWindowBits; ++bit)
        nonce[(position + bit) / 64] ^= (i % kWindowPoints >> bit & 1) << ((position + bit) % 64);
    }
    nonce[0] |= 1;
    if (i >= kWindowPoints) nonce[0] ^= 1;
  }
  // The largest.
  Number<8>& last = inputs.signings[kSignings - 1].nonce;
  last = {};
  std::copy(Curve::kN.begin(), Curve::kN.end(), last.begin());
  last[0] -= 1;
  return true;
}

// OpenSSL accepts only what is right: S * B = R + k * A, and all numbers below their moduli.
bool IsAccepted(const Ed25519Signing& signing, EVP_PKEY* pkey) {
  uint8_t signature[sizeof(signing.r) + sizeof(signing.s)];
  memcpy(signature, signing.r.data(), sizeof(signing.r));
  memcpy(signature + sizeof(signing.r), signing.s.data(), sizeof(signing.s));
  const DigestContextPointer context(EVP_MD_CTX_new());
  return signing.succeeded && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey) == 1 &&
         EVP_DigestVerify(context.get(), signature, sizeof(signature), signing.message.data, signing.message.size) == 1;
}

}  // namespace

template <>
bool PassesSelfTest<Edwards25519>(const Ed25519Engine& engine) {
  const ErrorScope errors;
  const std::shared_ptr<const Key> key = multi_buffer::MakeTestKey(multi_buffer::Algorithm::kEd25519);
  const auto* numbers = key ? std::get_if<Ed25519Numbers>(&key->numbers()) : nullptr;
  Inputs inputs;
  if (numbers == nullptr || !ChooseInputs(*numbers, inputs)) return false;
  engine.hash_nonces(inputs.signings, kSignings);
  if (!std::all_of(std::begin(inputs.signings), std::end(inputs.signings), IsNonceRight) || !ChooseNonces(inputs))
    return false;
  Room room(engine.sizes, kSignings);
  engine.sign(inputs.signings, kSignings, room.get());
  return std::all_of(std::begin(inputs.signings), std::end(inputs.signings),
                     [&key](const Ed25519Signing& signing) { return IsAccepted(signing, key->pkey()); });
}

}  // namespace latchkey::keys::curves
