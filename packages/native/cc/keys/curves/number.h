#ifndef LATCHKEY_KEYS_CURVES_NUMBER_H_
#define LATCHKEY_KEYS_CURVES_NUMBER_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace latchkey::keys::curves {

// A number of 64-bit words, the least significant first.
template <size_t kWords>
using Number = std::array<uint64_t, kWords>;

// What Montgomery multiplication needs to know of an odd modulus, computed by the compiler.

// -1 / modulus modulo 2^64, by Newton's iteration: each step doubles the number of right bits.
constexpr uint64_t NegativeInverse(uint64_t modulus) {
  uint64_t inverse = modulus;
  for (int bits = 3; bits < 64; bits *= 2) inverse *= 2 - modulus * inverse;
  return 0 - inverse;
}

// 2^exponent modulo `modulus`.
template <size_t kWords>
constexpr Number<kWords> PowerOfTwo(size_t exponent, const Number<kWords>& modulus) {
  Number<kWords> power{1};
  for (size_t step = 0; step < exponent; ++step) {
    uint64_t carry = 0;
    for (uint64_t& word : power) {
      const uint64_t next = word >> 63;
      word = word << 1 | carry;
      carry = next;
    }
    Number<kWords> reduced{};
    uint64_t borrow = 0;
    for (size_t i = 0; i < kWords; ++i) {
      const uint64_t difference = power[i] - modulus[i];
      reduced[i] = difference - borrow;
      borrow = static_cast<uint64_t>(power[i] < modulus[i] || difference < borrow);
    }
    if (carry == 1 || borrow == 0) power = reduced;
  }
  return power;
}

// number + 1.
template <size_t kWords>
constexpr Number<kWords> PlusOne(Number<kWords> number) {
  for (uint64_t& word : number) {
    if (++word != 0) break;
  }
  return number;
}

// number - small, which is not more than the lowest word.
template <size_t kWords>
constexpr Number<kWords> MinusSmall(Number<kWords> number, uint64_t small) {
  number[0] -= small;
  return number;
}

// Whether a number has no more than 8 bits.
template <size_t kWords>
constexpr bool IsSmall(const Number<kWords>& number) {
  for (size_t i = 1; i < kWords; ++i) {
    if (number[i] != 0) return false;
  }
  return number[0] < 256;
}

// The `width` bits of a number that start at `position`; bits that it does not have are 0.
template <size_t kWords>
constexpr uint64_t BitsAt(const Number<kWords>& number, size_t position, size_t width) {
  const size_t word = position / 64;
  const size_t shift = position % 64;
  if (word >= kWords) return 0;
  uint64_t bits = number[word] >> shift;
  if (shift > 0 && word + 1 < kWords) bits |= number[word + 1] << (64 - shift);
  return bits & (~uint64_t{0} >> (64 - width));
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_NUMBER_H_
