#include "keys/ecdsa_encoding.h"

#include <algorithm>
#include <array>

#include "support/words.h"

namespace latchkey::keys {

namespace {

// P-521's.
constexpr size_t kMaximumWords = 9;

// An INTEGER: no leading zero bytes but the one that keeps it positive.
uint8_t* AppendInteger(uint8_t* end, const uint8_t* number, size_t length) {
  while (length > 1 && number[0] == 0) {
    ++number;
    --length;
  }
  const bool needs_zero = (number[0] & 0x80) != 0;
  *end++ = 0x02;
  *end++ = static_cast<uint8_t>(length + (needs_zero ? 1 : 0));
  if (needs_zero) *end++ = 0;
  return std::copy_n(number, length, end);
}

}  // namespace

size_t LengthOfNumbers(const std::vector<uint64_t>& order) {
  const auto leading_zeros = static_cast<size_t>(__builtin_clzll(order.back()));
  return order.size() * sizeof(uint64_t) - leading_zeros / 8;
}

// The orders of P-256 and P-384 are whole bytes long, and no digest is longer than that of P-521: no bits to shift.
void DigestToNumber(ByteView digest, const std::vector<uint64_t>& order, uint64_t* number) {
  const size_t used = std::min(digest.size, LengthOfNumbers(order));
  std::fill_n(number, order.size(), uint64_t{0});
  for (size_t i = 0; i < used; ++i) number[i / 8] |= static_cast<uint64_t>(digest.data[used - 1 - i]) << (8 * (i % 8));
  // Smaller than twice the order: once is enough. A digest is no secret.
  std::array<uint64_t, kMaximumWords> reduced;
  if (Subtract(number, order.data(), reduced.data(), order.size()) == 0)
    std::copy_n(reduced.data(), order.size(), number);
}

void NumberToBytes(const uint64_t* number, size_t length, uint8_t* bytes) {
  for (size_t i = 0; i < length; ++i) bytes[length - 1 - i] = static_cast<uint8_t>(number[i / 8] >> (8 * (i % 8)));
}

size_t EncodeSignature(const uint8_t* r, const uint8_t* s, size_t length, uint8_t* signature) {
  std::array<uint8_t, 2 * (kMaximumWords * sizeof(uint64_t) + 3)> integers;
  const uint8_t* end = AppendInteger(AppendInteger(integers.data(), r, length), s, length);
  const auto content = static_cast<size_t>(end - integers.data());
  uint8_t* to = signature;
  *to++ = 0x30;
  if (content > 0x7f) *to++ = 0x81;
  *to++ = static_cast<uint8_t>(content);
  to = std::copy_n(integers.data(), content, to);
  return static_cast<size_t>(to - signature);
}

}  // namespace latchkey::keys
