#ifndef LATCHKEY_KEYS_CURVES_LANE_UNIT_H_
#define LATCHKEY_KEYS_CURVES_LANE_UNIT_H_

#include <immintrin.h>

#include "keys/curves/words.h"

namespace latchkey::keys::curves {

// Eight numbers at a time, with AVX512-IFMA, which multiplies 52 bits (Gueron and Krasnov, "Accelerating Big Integer
// Arithmetic Using Intel IFMA Extensions", 2016). Only for what is compiled for it: lane_engine.cc.
struct LaneUnit {
  using Word = unsigned long long __attribute__((vector_size(64)));
  using SignedWord = long long __attribute__((vector_size(64)));
  using Column = Word;
  static constexpr size_t kLanes = 8;
  static constexpr size_t kLimbBits = 52;

  // column[0] += low half of left * right, column[1] += high half. Of the factors only the lowest 52 bits count.
  static void AddProduct(Column* column, Word left, Word right) {
    column[0] = AddLowProduct(column[0], left, right);
    column[1] = (Word)_mm512_madd52hi_epu64((__m512i)column[1], (__m512i)left, (__m512i)right);
  }

  static Word Low(Column column) { return column & kMask; }
  static Word LowProduct(Word left, Word right) { return AddLowProduct(Word{}, left, right); }

  // What is in each lane, in the one that far before it, counted in a circle.
  template <size_t kDistance>
  static Word Rotate(Word word) {
    return (Word)_mm512_alignr_epi64((__m512i)word, (__m512i)word, kDistance);
  }

  // Nobody makes branches of lanes.
  static Word Opaque(Word mask) { return mask; }

  // Finds the values at `index`, in registers: vpermi2q picks one of sixteen by the lowest four bits of each lane.
  template <size_t kCount>
  class Selector {
   public:
    static_assert(kCount == 64);

    explicit Selector(Word index)
        : index_((__m512i)index),
          bit4_(_mm512_test_epi64_mask(index_, _mm512_set1_epi64(16))),
          bit5_(_mm512_test_epi64_mask(index_, _mm512_set1_epi64(32))) {}

    Word From(const uint64_t (&values)[kCount]) const {
      const __m512i lower = _mm512_mask_blend_epi64(bit4_, Pick(values), Pick(values + 16));
      const __m512i upper = _mm512_mask_blend_epi64(bit4_, Pick(values + 32), Pick(values + 48));
      return (Word)_mm512_mask_blend_epi64(bit5_, lower, upper);
    }

   private:
    __m512i Pick(const uint64_t* sixteen) const {
      return _mm512_permutex2var_epi64(_mm512_loadu_si512(sixteen), index_, _mm512_loadu_si512(sixteen + 8));
    }

    __m512i index_;
    __mmask8 bit4_;
    __mmask8 bit5_;
  };

 private:
  static constexpr uint64_t kMask = (uint64_t{1} << kLimbBits) - 1;

  static Word AddLowProduct(Word sum, Word left, Word right) {
    return (Word)_mm512_madd52lo_epu64((__m512i)sum, (__m512i)left, (__m512i)right);
  }
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_LANE_UNIT_H_
