#include <algorithm>

#include "keys/multi_buffer/lanes.h"

namespace latchkey::keys::multi_buffer {

namespace {

constexpr size_t kHalf = 32;

const Ed25519Numbers& NumbersFor(const Operation& operation) {
  return std::get<Ed25519Numbers>(operation.key->numbers());
}

}  // namespace

void PerformEd25519(const Library& library, Operation* const* operations, size_t count) {
  // Words, because the library stores words. Each signature is R, then S (RFC 8032, section 5.1.6).
  std::array<std::array<uint64_t, 2 * kHalf / sizeof(uint64_t)>, kLanes> signatures;
  const auto half = [&](size_t offset) {
    return FillLanes(count, [&](size_t i) { return reinterpret_cast<uint8_t*>(signatures[i].data()) + offset; });
  };
  // The library takes a null pointer for an empty lane, and a message may be empty.
  static constexpr uint8_t kNothing = 0;
  const auto message = FillLanes(count, [&](size_t i) {
    const ByteView payload = operations[i]->payload;
    return payload.size == 0 ? &kNothing : payload.data;
  });
  const auto message_length =
      FillLanes(count, [&](size_t i) { return static_cast<uint32_t>(operations[i]->payload.size); });
  const auto key = FillLanes(count, [&](size_t i) { return NumbersFor(*operations[i]).private_key.data(); });
  const auto public_key = FillLanes(count, [&](size_t i) { return NumbersFor(*operations[i]).public_key.data(); });
  const Library::Status status = library.ed25519_sign(half(0).data(), half(kHalf).data(), message.data(),
                                                      message_length.data(), key.data(), public_key.data());
  WipeStackBelow<kLibraryStack>();

  for (size_t i = 0; i < count; ++i) {
    if (!Library::Succeeded(status, i)) continue;
    const auto* signature = reinterpret_cast<const uint8_t*>(signatures[i].data());
    std::copy_n(signature, 2 * kHalf, operations[i]->answer);
    operations[i]->answer_length = 2 * kHalf;
    operations[i]->status = Status::kOk;
  }
}

}  // namespace latchkey::keys::multi_buffer
