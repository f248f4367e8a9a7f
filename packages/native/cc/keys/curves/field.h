#ifndef LATCHKEY_KEYS_CURVES_FIELD_H_
#define LATCHKEY_KEYS_CURVES_FIELD_H_

#include "keys/curves/residue.h"
#include "keys/curves/words.h"

namespace latchkey::keys::curves {

// Numbers modulo Modulus in Montgomery form, each multiplied by R, which is what operator* keeps; one in each lane. Where
// a modulus does not need Montgomery's multiplication, R is 1.
template <typename Modulus_, typename Unit_>
struct Field {
  using Modulus = Modulus_;
  using Unit = Unit_;
  using Word = typename Unit::Word;
  using Integer = Words<Word, Modulus::kWords>;
  using Element = Residue<Modulus, Unit, 2>;
  // Below the modulus.
  using Canonical = Residue<Modulus, Unit, 1>;

  static Canonical One() { return Constant(PowerOfTwo(L::kBitsOfR, Modulus::kModulus)); }

  // From numbers below the modulus.
  static Element Encode(const Integer& number) { return Plain<1>(number) * Constant(RSquaredTimes(0)); }

  // From all numbers that the words can hold.
  static Element EncodeAny(const Integer& number) { return Plain<kMostInWords>(number) * Constant(RSquaredTimes(0)); }

  // From numbers of twice as many words.
  static Residue<Modulus, Unit, 4> EncodeWide(const Words<Word, 2 * Modulus::kWords>& number) {
    Integer low;
    Integer high;
#pragma GCC unroll 16
    for (size_t i = 0; i < Modulus::kWords; ++i) {
      low[i] = number[i];
      high[i] = number[Modulus::kWords + i];
    }
    return EncodeAny(low) + Plain<kMostInWords>(high) * Constant(RSquaredTimes(64 * Modulus::kWords));
  }

  // To numbers below the modulus.
  template <uint64_t kBound>
  static Integer Decode(const Residue<Modulus, Unit, kBound>& element) {
    const Canonical plain = ReduceFully(element * Constant({1}));
    Integer number;
#pragma GCC unroll 16
    for (size_t i = 0; i < Modulus::kWords; ++i) {
      const size_t first = i * 64 / L::kBits;
      const size_t shift = i * 64 % L::kBits;
      number[i] = plain.limb[first] >> shift;
      for (size_t next = 1; first + next < L::kCount && next * L::kBits - shift < 64; ++next)
        number[i] |= plain.limb[first + next] << (next * L::kBits - shift);
    }
    return number;
  }

  // The same, below the modulus. Only of products: exactly twice the modulus, which none of them is, would become the
  // modulus instead of 0.
  static Canonical ReduceFully(const Element& element) {
    Canonical reduced;
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i) reduced.limb[i] = element.limb[i] - L::kModulus[i];
    Carry<Unit>(reduced.limb);
    // All ones where the difference is negative, and with it its highest limb.
    using SignedWord = typename Unit::SignedWord;
    const Word negative = Unit::Opaque((Word)((SignedWord)reduced.limb[L::kCount - 1] >> 63));
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i)
      reduced.limb[i] = (reduced.limb[i] & ~negative) | (element.limb[i] & negative);
    return reduced;
  }

  // `mask` has all bits set where `chosen` is wanted, none elsewhere.
  static Element Select(const Word& mask, const Element& chosen, const Element& other) {
    const Word opaque = Unit::Opaque(mask);
    Element result;
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i)
      result.limb[i] = (chosen.limb[i] & opaque) | (other.limb[i] & ~opaque);
    return result;
  }

  // The negative of an element that is not 0, where the mask has all bits set.
  static Canonical NegateWhere(const Word& mask, const Canonical& element) {
    const Word opaque = Unit::Opaque(mask);
    Canonical result;
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i)
      result.limb[i] = (element.limb[i] & ~opaque) + ((L::kModulus[i] - element.limb[i]) & opaque);
    Carry<Unit>(result.limb);
    return result;
  }

 private:
  using L = Limbs<Modulus, Unit>;

  // Of numbers of the words: as many times the modulus as they may be worth.
  static constexpr uint64_t kMostInWords = uint64_t{1} << (64 * Modulus::kWords - Modulus::kBits + 1);

  // A product with it is one with R * 2^exponent.
  static constexpr Number<Modulus::kWords> RSquaredTimes(size_t exponent) {
    return PowerOfTwo(2 * L::kBitsOfR + exponent, Modulus::kModulus);
  }

  template <uint64_t kBound>
  static Residue<Modulus, Unit, kBound> Plain(const Integer& number) {
    Residue<Modulus, Unit, kBound> plain;
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i) {
      const size_t first = i * L::kBits / 64;
      const size_t shift = i * L::kBits % 64;
      plain.limb[i] = number[first] >> shift;
      if (shift > 64 - L::kBits && first + 1 < Modulus::kWords) plain.limb[i] |= number[first + 1] << (64 - shift);
      plain.limb[i] &= L::kMask;
    }
    return plain;
  }

  static Canonical Constant(const Number<Modulus::kWords>& number) {
    const typename L::Values limbs = L::Of(number);
    Canonical constant;
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i) constant.limb[i] = Word{} + limbs[i];
    return constant;
  }
};

// The elements, each in the lane that far before its own, counted in a circle.
template <size_t kDistance, typename Modulus, typename Unit, uint64_t kBound>
Residue<Modulus, Unit, kBound> Rotate(const Residue<Modulus, Unit, kBound>& element) {
  Residue<Modulus, Unit, kBound> rotated;
#pragma GCC unroll 16
  for (size_t i = 0; i < Limbs<Modulus, Unit>::kCount; ++i)
    rotated.limb[i] = Unit::template Rotate<kDistance>(element.limb[i]);
  return rotated;
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_FIELD_H_
