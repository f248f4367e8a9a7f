#ifndef LATCHKEY_KEYS_CURVES_RESIDUE_H_
#define LATCHKEY_KEYS_CURVES_RESIDUE_H_

#include "keys/curves/number.h"

// The sanitizers would watch thousands of accesses whose addresses the compiler knows, and take minutes to build that.
#if defined(__SANITIZE_ADDRESS__)
#define LATCHKEY_UNWATCHED __attribute__((noinline, no_sanitize("address", "undefined")))
#else
#define LATCHKEY_UNWATCHED
#endif

namespace latchkey::keys::curves {

// How numbers below a modulus are cut into limbs, and what multiplication needs to know of the modulus. A Unit says how
// many bits a limb has and how limbs are multiplied: WordUnit or LaneUnit. The limbs have room for at least 16 times the
// modulus, so that sums need not be reduced before they are multiplied.
//
// A product modulo 2^255 - 19 is reduced by what its upper half stands for. Modulo all others multiplication is
// Montgomery's, which divides by R, the number of values that the limbs can have.
template <typename Modulus, typename Unit>
struct Limbs {
  static constexpr size_t kBits = Unit::kLimbBits;
  static constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
  static constexpr size_t kCount = (Modulus::kBits + 4 + kBits - 1) / kBits;
  // Those of the modulus that are in the highest limb.
  static constexpr size_t kTopBits = Modulus::kBits - (kCount - 1) * kBits;

  using Values = std::array<uint64_t, kCount>;

  static constexpr Values Of(const Number<Modulus::kWords>& number) {
    Values limbs{};
    for (size_t i = 0; i < kCount; ++i) limbs[i] = BitsAt(number, i * kBits, kBits);
    return limbs;
  }

  static constexpr Values kModulus = Of(Modulus::kModulus);
  static constexpr Values kModulusPlusOne = Of(PlusOne(Modulus::kModulus));
  // 2^Modulus::kBits modulo the modulus: what each unit above the modulus' bits stands for.
  static constexpr Values kExcess = Of(PowerOfTwo(Modulus::kBits, Modulus::kModulus));
  static constexpr bool kIsNearPowerOfTwo = IsSmall(PowerOfTwo(Modulus::kBits, Modulus::kModulus));
  // No number is allowed to be larger than that many times the modulus. Of products of such numbers FoldUpperHalf()
  // relies on the upper half having no more bits than the limbs.
  static constexpr uint64_t kSlack = uint64_t{1} << (kIsNearPowerOfTwo ? 5 : kCount * kBits - Modulus::kBits);
  // Of R.
  static constexpr size_t kBitsOfR = kIsNearPowerOfTwo ? 0 : kCount * kBits;
  static constexpr uint64_t kNegativeInverse = NegativeInverse(Modulus::kModulus[0]) & kMask;
};

// Numbers modulo Modulus, one in each of the unit's lanes, none larger than kBound times the modulus. Between
// operations each limb has Unit::kLimbBits bits. The bound is part of the type so that the compiler proves that nothing
// overflows, and nothing is reduced unless it has to be.
//
// All arithmetic takes the same time for all numbers: there is no branch and no address that depends on one.
template <typename Modulus, typename Unit, uint64_t kBound>
struct Residue {
  static_assert(kBound <= Limbs<Modulus, Unit>::kSlack, "too large for its limbs");
  typename Unit::Word limb[Limbs<Modulus, Unit>::kCount];
};

// Carries what a limb has too much or, as a negative number, too little to the next. The number as a whole is not
// negative.
template <typename Unit, size_t kCount>
LATCHKEY_UNWATCHED inline void Carry(typename Unit::Word (&limb)[kCount]) {
  using Word = typename Unit::Word;
  using SignedWord = typename Unit::SignedWord;
#pragma GCC unroll 16
  for (size_t i = 0; i + 1 < kCount; ++i) {
    limb[i + 1] += (Word)((SignedWord)limb[i] >> Unit::kLimbBits);
    limb[i] &= (uint64_t{1} << Unit::kLimbBits) - 1;
  }
}

template <typename Modulus, typename Unit, uint64_t kLeft, uint64_t kRight>
LATCHKEY_UNWATCHED inline Residue<Modulus, Unit, kLeft + kRight> operator+(
    const Residue<Modulus, Unit, kLeft>& left, const Residue<Modulus, Unit, kRight>& right) {
  Residue<Modulus, Unit, kLeft + kRight> sum;
#pragma GCC unroll 16
  for (size_t i = 0; i < Limbs<Modulus, Unit>::kCount; ++i) sum.limb[i] = left.limb[i] + right.limb[i];
  Carry<Unit>(sum.limb);
  return sum;
}

// Adds the modulus as often as the subtrahend may be worth.
template <typename Modulus, typename Unit, uint64_t kLeft, uint64_t kRight>
LATCHKEY_UNWATCHED inline Residue<Modulus, Unit, kLeft + kRight> operator-(
    const Residue<Modulus, Unit, kLeft>& left, const Residue<Modulus, Unit, kRight>& right) {
  using L = Limbs<Modulus, Unit>;
  Residue<Modulus, Unit, kLeft + kRight> difference;
#pragma GCC unroll 16
  for (size_t i = 0; i < L::kCount; ++i)
    difference.limb[i] = left.limb[i] + kRight * L::kModulus[i] - right.limb[i];
  Carry<Unit>(difference.limb);
  return difference;
}

// Of a product divided by R: that is (product + quotient * modulus) / R for a quotient below R.
template <typename Modulus, typename Unit>
constexpr uint64_t BoundOfProduct(uint64_t left, uint64_t right) {
  if (Limbs<Modulus, Unit>::kIsNearPowerOfTwo) return 2;
  return (left * right + Limbs<Modulus, Unit>::kSlack - 1) / Limbs<Modulus, Unit>::kSlack + 1;
}

// Montgomery's reduction: adds such a multiple of the modulus to the columns of a product that their lower half
// vanishes, and gives the upper half.
template <typename Modulus, typename Unit>
LATCHKEY_UNWATCHED inline void DivideByR(typename Unit::Column* column, typename Unit::Word* quotient_limb) {
  using L = Limbs<Modulus, Unit>;
  using Word = typename Unit::Word;
#pragma GCC unroll 16
  for (size_t i = 0; i < L::kCount; ++i) {
    if constexpr (L::kNegativeInverse == 1) {
      // A modulus of which all bits in the lowest limb are 1, as p of P-256: the column is its own quotient, and what
      // is added is quotient * (modulus + 1) - quotient. The subtraction leaves only the column's carry of it.
      const Word quotient = Unit::Low(column[i]);
      column[i + 1] += column[i] >> L::kBits;
#pragma GCC unroll 16
      for (size_t j = 1; j < L::kCount; ++j) {
        if (L::kModulusPlusOne[j] != 0)
          Unit::AddProduct(column + i + j, quotient, Word{} + L::kModulusPlusOne[j]);
      }
    } else {
      const Word quotient = Unit::LowProduct(Unit::Low(column[i]), Word{} + L::kNegativeInverse);
#pragma GCC unroll 16
      for (size_t j = 0; j < L::kCount; ++j) Unit::AddProduct(column + i + j, quotient, Word{} + L::kModulus[j]);
      column[i + 1] += column[i] >> L::kBits;
    }
  }
#pragma GCC unroll 16
  for (size_t i = 0; i + 1 < L::kCount; ++i) {
    quotient_limb[i] = Unit::Low(column[L::kCount + i]);
    column[L::kCount + i + 1] += column[L::kCount + i] >> L::kBits;
  }
  quotient_limb[L::kCount - 1] = Unit::Low(column[2 * L::kCount - 1]);
}

// Where 2^kBits stands for a small number: takes off what stands above the limbs and counts it in again, then what stands
// above the modulus' bits. What is left is below 2^kBits but for two carries to the highest limb.
template <typename Modulus, typename Unit>
LATCHKEY_UNWATCHED inline void FoldUpperHalf(typename Unit::Column* column, typename Unit::Word* folded) {
  using L = Limbs<Modulus, Unit>;
  using Word = typename Unit::Word;
  constexpr size_t kTop = L::kCount - 1;
  typename Unit::Column* upper = column + L::kCount;
  Word upper_limb[L::kCount];
#pragma GCC unroll 16
  for (size_t i = 0; i < L::kCount; ++i) {
    upper[i] += column[kTop + i] >> L::kBits;
    column[kTop + i] = Unit::Low(column[kTop + i]);
  }
#pragma GCC unroll 16
  for (size_t i = 0; i < L::kCount; ++i) upper_limb[i] = (Word)upper[i];

  upper[0] = typename Unit::Column{};
#pragma GCC unroll 16
  for (size_t i = 0; i < L::kCount; ++i)
    Unit::AddProduct(column + i, upper_limb[i], Word{} + (L::kExcess[0] << (L::kBits - L::kTopBits)));
  column[kTop] += (column[kTop - 1] >> L::kBits) + (upper[0] << L::kBits);
  column[kTop - 1] = Unit::Low(column[kTop - 1]);
  column[0] += Unit::LowProduct((Word)(column[kTop] >> L::kTopBits), Word{} + L::kExcess[0]);
  column[kTop] = column[kTop] & ((uint64_t{1} << L::kTopBits) - 1);
#pragma GCC unroll 16
  for (size_t i = 0; i < kTop; ++i) {
    folded[i] = Unit::Low(column[i]);
    column[i + 1] += column[i] >> L::kBits;
  }
  folded[kTop] = (Word)column[kTop];
}

template <typename Modulus, typename Unit>
LATCHKEY_UNWATCHED inline void ReduceProduct(typename Unit::Column* column, typename Unit::Word* limb) {
  if constexpr (Limbs<Modulus, Unit>::kIsNearPowerOfTwo) {
    FoldUpperHalf<Modulus, Unit>(column, limb);
  } else {
    DivideByR<Modulus, Unit>(column, limb);
  }
}

// left * right / R.
template <typename Modulus, typename Unit, uint64_t kLeft, uint64_t kRight>
LATCHKEY_UNWATCHED inline auto operator*(const Residue<Modulus, Unit, kLeft>& left,
                                         const Residue<Modulus, Unit, kRight>& right) {
  constexpr size_t kCount = Limbs<Modulus, Unit>::kCount;
  typename Unit::Column column[2 * kCount] = {};
#pragma GCC unroll 16
  for (size_t i = 0; i < kCount; ++i) {
#pragma GCC unroll 16
    for (size_t j = 0; j < kCount; ++j) Unit::AddProduct(column + i + j, left.limb[i], right.limb[j]);
  }
  Residue<Modulus, Unit, BoundOfProduct<Modulus, Unit>(kLeft, kRight)> product;
  ReduceProduct<Modulus, Unit>(column, product.limb);
  return product;
}

// number * number / R. What is off the diagonal is computed once and doubled.
template <typename Modulus, typename Unit, uint64_t kBound>
LATCHKEY_UNWATCHED inline auto Square(const Residue<Modulus, Unit, kBound>& number) {
  constexpr size_t kCount = Limbs<Modulus, Unit>::kCount;
  typename Unit::Column column[2 * kCount] = {};
#pragma GCC unroll 16
  for (size_t i = 0; i < kCount; ++i) {
#pragma GCC unroll 16
    for (size_t j = i + 1; j < kCount; ++j) Unit::AddProduct(column + i + j, number.limb[i], number.limb[j]);
  }
#pragma GCC unroll 16
  for (size_t i = 0; i < 2 * kCount; ++i) column[i] += column[i];
#pragma GCC unroll 16
  for (size_t i = 0; i < kCount; ++i) Unit::AddProduct(column + 2 * i, number.limb[i], number.limb[i]);
  Residue<Modulus, Unit, BoundOfProduct<Modulus, Unit>(kBound, kBound)> square;
  ReduceProduct<Modulus, Unit>(column, square.limb);
  return square;
}

// The same residue, at most twice the modulus: what stands above the modulus' bits is taken off and counted in again.
template <typename Modulus, typename Unit, uint64_t kBound>
LATCHKEY_UNWATCHED inline Residue<Modulus, Unit, 2> Reduce(const Residue<Modulus, Unit, kBound>& number) {
  using L = Limbs<Modulus, Unit>;
  using Word = typename Unit::Word;
  // 2^kBits + kBound * excess is below twice the modulus.
  static_assert(kBound < (uint64_t{1} << 16) && BitsAt(PowerOfTwo(Modulus::kBits, Modulus::kModulus),
                                                       Modulus::kBits - 32, 32) == 0);
  Residue<Modulus, Unit, 2> reduced;
  if constexpr (kBound <= 2) {
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i) reduced.limb[i] = number.limb[i];
  } else {
    constexpr size_t kTop = L::kCount - 1;
    const Word above = number.limb[kTop] >> L::kTopBits;
    typename Unit::Column column[L::kCount + 1] = {};
#pragma GCC unroll 16
    for (size_t i = 0; i < kTop; ++i) {
      column[i] += number.limb[i];
      Unit::AddProduct(column + i, above, Word{} + L::kExcess[i]);
    }
    column[kTop] += number.limb[kTop] & ((uint64_t{1} << L::kTopBits) - 1);
    Unit::AddProduct(column + kTop, above, Word{} + L::kExcess[kTop]);
#pragma GCC unroll 16
    for (size_t i = 0; i < L::kCount; ++i) {
      reduced.limb[i] = Unit::Low(column[i]);
      column[i + 1] += column[i] >> L::kBits;
    }
  }
  return reduced;
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_RESIDUE_H_
