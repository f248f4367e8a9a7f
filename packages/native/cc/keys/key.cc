#include "keys/key.h"

#include <atomic>

namespace latchkey::keys {

namespace {

std::atomic<size_t> key_count{0};

}  // namespace

Key::Key(KeyPointer pkey, KeyType type, const char* curve)
    : pkey_(std::move(pkey)),
      type_(type),
      curve_(curve),
      bits_(EVP_PKEY_get_bits(pkey_.get())),
      maximum_answer_length_(static_cast<size_t>(EVP_PKEY_get_size(pkey_.get()))) {
  ++key_count;
}

Key::~Key() { --key_count; }

bool Key::Performs(Primitive primitive) const {
  switch (primitive) {
    case Primitive::kRsaBlock:
    case Primitive::kRsaPremaster:
    case Primitive::kRsaPkcs1:
      return type_ == KeyType::kRsa;
    case Primitive::kRsaPss:
      return type_ == KeyType::kRsa || type_ == KeyType::kRsaPss;
    case Primitive::kEcdsa:
      return type_ == KeyType::kEcdsa;
    case Primitive::kEd25519:
      return type_ == KeyType::kEd25519;
  }
  return false;
}

const multi_buffer::KeyNumbers& Key::numbers() const {
  std::call_once(numbers_taken_, [this] { numbers_ = multi_buffer::NumbersOf(pkey_.get()); });
  return numbers_;
}

size_t Key::Count() { return key_count; }

}  // namespace latchkey::keys
