#ifndef LATCHKEY_KEYS_CURVES_WORDS_H_
#define LATCHKEY_KEYS_CURVES_WORDS_H_

#include "keys/curves/number.h"

namespace latchkey::keys::curves {

// Numbers of 64-bit words, the least significant first, in each lane of Word, which is uint64_t or a vector of those.
template <typename Word, size_t kWords>
using Words = std::array<Word, kWords>;

// The same number in every lane.
template <typename Word, size_t kWords>
inline Words<Word, kWords> InEveryLane(const Number<kWords>& number) {
  Words<Word, kWords> words;
#pragma GCC unroll 16
  for (size_t i = 0; i < kWords; ++i) words[i] = Word{} + number[i];
  return words;
}

// difference = left - right. Returns 1 where left was the smaller one, else 0.
template <typename Word, size_t kWords>
inline Word Subtract(const Words<Word, kWords>& left, const Words<Word, kWords>& right,
                     Words<Word, kWords>& difference) {
  Word borrow{};
#pragma GCC unroll 16
  for (size_t i = 0; i < kWords; ++i) {
    const Word rest = left[i] - right[i] - borrow;
    // A vector has no carry flag; this is it, in the highest bit (Warren, "Hacker's Delight", section 2-13).
    borrow = ((~left[i] & right[i]) | (~(left[i] ^ right[i]) & rest)) >> 63;
    difference[i] = rest;
  }
  return borrow;
}

// left + right modulo 2^(64 * kWords).
template <typename Word, size_t kWords>
inline Words<Word, kWords> Add(const Words<Word, kWords>& left, const Words<Word, kWords>& right) {
  Words<Word, kWords> sum;
  Word carry{};
#pragma GCC unroll 16
  for (size_t i = 0; i < kWords; ++i) {
    sum[i] = left[i] + right[i] + carry;
    carry = ((left[i] & right[i]) | ((left[i] | right[i]) & ~sum[i])) >> 63;
  }
  return sum;
}

// All ones where the number is 0.
template <typename Word, size_t kWords>
inline Word IsZero(const Words<Word, kWords>& number) {
  Word any{};
#pragma GCC unroll 16
  for (size_t i = 0; i < kWords; ++i) any |= number[i];
  return ((any | (Word{} - any)) >> 63) - 1;
}

// `mask` is all ones for `chosen`, 0 for `other`.
template <typename Word, size_t kWords>
inline Words<Word, kWords> Select(Word mask, const Words<Word, kWords>& chosen, const Words<Word, kWords>& other) {
  Words<Word, kWords> result;
#pragma GCC unroll 16
  for (size_t i = 0; i < kWords; ++i) result[i] = (chosen[i] & mask) | (other[i] & ~mask);
  return result;
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_WORDS_H_
