#ifndef LATCHKEY_KEYS_CURVES_TABLE_H_
#define LATCHKEY_KEYS_CURVES_TABLE_H_

#include <cstring>
#include <vector>

#include "keys/curves/field.h"
#include "keys/curves/multiples.h"
#include "keys/curves/point.h"
#include "keys/curves/recoding.h"

namespace latchkey::keys::curves {

// The points for the digits of recoded scalars. A look-up goes through all of a window: which point it wants shows
// neither in its time nor in the cache.
template <typename Curve, typename Unit>
class Table {
 public:
  using FieldOfCurve = Field<FieldOf<Curve>, Unit>;
  using Word = typename Unit::Word;

  Table() {
    const std::vector<AffineNumbers<Curve>> multiples = MultiplesOfBase<Curve>();
    windows_.resize(kWindows<Curve>);
    for (size_t i = 0; i < multiples.size(); ++i) {
      Window& window = windows_[i / kWindowPoints];
      Set(window.x, i % kWindowPoints, multiples[i].x);
      Set(window.y, i % kWindowPoints, multiples[i].y);
    }
  }

  AffinePoint<FieldOfCurve> Lookup(size_t window, const Digit<Word>& digit) const {
    const typename Unit::template Selector<kWindowPoints> selector(digit.index);
    AffinePoint<FieldOfCurve> found;
#pragma GCC unroll 16
    for (size_t i = 0; i < kLimbs; ++i) {
      found.x.limb[i] = selector.From(windows_[window].x[i].values);
      found.y.limb[i] = selector.From(windows_[window].y[i].values);
    }
    found.y = FieldOfCurve::NegateWhere(digit.negative, found.y);
    return found;
  }

 private:
  static constexpr size_t kLimbs = Limbs<FieldOf<Curve>, Unit>::kCount;

  // One limb of each point of a window.
  struct alignas(64) Row {
    uint64_t values[kWindowPoints];
  };

  struct Window {
    Row x[kLimbs];
    Row y[kLimbs];
  };

  static void Set(Row (&rows)[kLimbs], size_t position, const Number<Curve::kWords>& number) {
    const auto canonical = FieldOfCurve::ReduceFully(FieldOfCurve::Encode(InEveryLane<Word>(number)));
    for (size_t i = 0; i < kLimbs; ++i) memcpy(&rows[i].values[position], &canonical.limb[i], sizeof(uint64_t));
  }

  std::vector<Window> windows_;
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_TABLE_H_
