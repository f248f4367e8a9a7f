#ifndef LATCHKEY_KEYS_CURVES_RECODING_H_
#define LATCHKEY_KEYS_CURVES_RECODING_H_

#include "keys/curves/words.h"

namespace latchkey::keys::curves {

// Scalars are cut into windows of that many bits. A table has half as many points for each.
inline constexpr size_t kWindowBits = 7;
inline constexpr size_t kWindowPoints = size_t{1} << (kWindowBits - 1);

template <typename Curve>
inline constexpr size_t kWindows = (Curve::kBits + kWindowBits - 1) / kWindowBits;

// One digit of each lane's scalar.
template <typename Word>
struct Digit {
  // The magnitude is 2 * index + 1.
  Word index;
  // All ones if it is negative.
  Word negative;
};

// A scalar as kWindows digits, each odd and from -127 to 127, so that none is 0 (Joye and Tunstall, "Exponent Recoding
// and Regular Exponentiation Algorithms", 2009): the scalar is the sum of digit i times 2^(7 * i). Only odd numbers can
// be written so: OddNegative() and OddSum() give such a number for an even one.
template <typename Curve, typename Word>
class Recoded {
 public:
  using Scalar = Words<Word, Curve::kWords>;

  explicit Recoded(const Scalar& odd) {
    // With a bit above the highest window the last digit is made as all others are.
    const Word above = Word{} + (uint64_t{1} << (kWindows<Curve> * kWindowBits - Curve::kWords * 64));
#pragma GCC unroll 16
    for (size_t i = 0; i < Curve::kWords; ++i)
      halved_[i] = odd[i] >> 1 | (i + 1 < Curve::kWords ? odd[i + 1] : above) << 63;
    halved_[Curve::kWords] = above >> 1;
  }

  // Digit i is twice the bits above its window's lowest bit, plus 1, minus 2^7.
  Digit<Word> At(size_t i) const {
    const size_t word = i * kWindowBits / 64;
    const size_t shift = i * kWindowBits % 64;
    Word bits = halved_[word] >> shift;
    if (shift > 64 - kWindowBits) bits |= halved_[word + 1] << (64 - shift);
    const Word negative = (bits >> (kWindowBits - 1) & 1) - 1;
    return {(bits ^ negative) & (kWindowPoints - 1), negative};
  }

 private:
  Words<Word, Curve::kWords + 1> halved_;
};

// Of a number of 1 to n - 1 that is even the negative, whose multiple of the base point has the same x on a curve in
// Weierstrass' form.
template <typename Curve, typename Word>
inline Words<Word, Curve::kWords> OddNegative(const Words<Word, Curve::kWords>& scalar) {
  Words<Word, Curve::kWords> negative;
  Subtract(InEveryLane<Word>(Curve::kN), scalar, negative);
  return Select(Word{} - (scalar[0] & 1), scalar, negative);
}

// Of a number below n that is even the sum with n, whose multiple of the base point is the same one. There must be room
// for it in the words.
template <typename Curve, typename Word>
inline Words<Word, Curve::kWords> OddSum(const Words<Word, Curve::kWords>& scalar) {
  return Select(Word{} - (scalar[0] & 1), scalar, Add(scalar, InEveryLane<Word>(Curve::kN)));
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_RECODING_H_
