#include "keys/multi_buffer/trial.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace latchkey::keys::multi_buffer {

namespace {

// SHA-512's, which is longer than P-256 and P-384 take.
constexpr size_t kDigestLength = 64;

// An operation that needs least besides the private key: RSA takes and gives bare numbers.
uint8_t OperationCodeFor(KeyType type) {
  constexpr uint8_t kDecryptBlock = 0x01;
  constexpr uint8_t kEcdsaSha512 = 0x17;
  constexpr uint8_t kEd25519 = 0x18;
  if (type == KeyType::kEcdsa) return kEcdsaSha512;
  return type == KeyType::kEd25519 ? kEd25519 : kDecryptBlock;
}

bool IsAccepted(const Operation& operation) {
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, operation.key->pkey(), nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), operation.answer, operation.answer_length, operation.payload.data,
                         operation.payload.size) == 1;
}

}  // namespace

Trial::Trial(std::shared_ptr<const Key> key, size_t count)
    : scheme_(*FindScheme(OperationCodeFor(key->type()))),
      input_length_(scheme_.primitive == Primitive::kRsaBlock ? key->maximum_answer_length() : kDigestLength),
      inputs_(count * input_length_),
      answers_(count * key->maximum_answer_length()),
      operations_(count) {
  for (size_t i = 0; i < count; ++i) {
    operations_[i].key = key;
    operations_[i].scheme = &scheme_;
    operations_[i].payload = {Input(i), input_length_};
    operations_[i].answer = answers_.data() + i * key->maximum_answer_length();
    pointers_.push_back(&operations_[i]);
  }
}

// ECDSA digests of 0, which never occur, are something that crypto_mb leaves to others.
bool Trial::ChooseInputs() {
  if (RAND_bytes(inputs_.data(), static_cast<int>(inputs_.size())) != 1) return false;
  std::fill_n(Input(0), input_length_, uint8_t{0});
  Input(0)[0] = 1;
  if (count() > 1) std::fill_n(Input(1), input_length_, uint8_t{0xff});
  // Below every modulus, whose highest bit is set.
  if (scheme_.primitive == Primitive::kRsaBlock) {
    for (size_t i = 0; i < count(); ++i) Input(i)[0] &= 0x7f;
  }
  return true;
}

bool IsRight(const Operation& result, const Operation& expected) {
  if (result.status != Status::kOk || expected.status != Status::kOk) return false;
  if (result.scheme->primitive == Primitive::kEcdsa) return IsAccepted(result);
  return std::equal(result.answer, result.answer + result.answer_length, expected.answer,
                    expected.answer + expected.answer_length);
}

}  // namespace latchkey::keys::multi_buffer
