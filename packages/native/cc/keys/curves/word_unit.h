#ifndef LATCHKEY_KEYS_CURVES_WORD_UNIT_H_
#define LATCHKEY_KEYS_CURVES_WORD_UNIT_H_

#include "keys/curves/words.h"

namespace latchkey::keys::curves {

// One number at a time, with the multiplication of two 64-bit words that every processor has. Limbs of 56 bits leave
// room in 128 bits to add up products without carrying.
struct WordUnit {
  using Word = uint64_t;
  using SignedWord = int64_t;
  using Column = unsigned __int128;
  static constexpr size_t kLanes = 1;
  static constexpr size_t kLimbBits = 56;

  // *column += left * right.
  static void AddProduct(Column* column, Word left, Word right) { *column += static_cast<Column>(left) * right; }

  // The lowest kLimbBits.
  static Word Low(Column column) { return static_cast<Word>(column) & kMask; }
  static Word LowProduct(Word left, Word right) { return left * right & kMask; }

  // Keeps the compiler from seeing that a mask is either no bits or all, and from making a branch of it.
  static Word Opaque(Word mask) {
    asm("" : "+r"(mask));
    return mask;
  }

  // Finds the value at `index` by going through all.
  template <size_t kCount>
  class Selector {
   public:
    explicit Selector(Word index) {
      for (size_t i = 0; i < kCount; ++i) masks_[i] = Opaque(0 - (((index ^ i) - 1) >> 63));
    }

    Word From(const uint64_t (&values)[kCount]) const {
      Word found = 0;
      for (size_t i = 0; i < kCount; ++i) found |= values[i] & masks_[i];
      return found;
    }

   private:
    Word masks_[kCount];
  };

 private:
  static constexpr Word kMask = (Word{1} << kLimbBits) - 1;
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_WORD_UNIT_H_
