#ifndef LATCHKEY_KEYS_CURVES_TABLE_H_
#define LATCHKEY_KEYS_CURVES_TABLE_H_

#include <cstring>
#include <vector>

#include "keys/curves/edwards_point.h"
#include "keys/curves/field.h"
#include "keys/curves/multiples.h"
#include "keys/curves/point.h"
#include "keys/curves/recoding.h"

namespace latchkey::keys::curves {

// One number of each point of a window, cut into limbs.
template <typename Coordinates>
class Row {
 public:
  using Unit = typename Coordinates::Unit;
  using Selector = typename Unit::template Selector<kWindowPoints>;

  void Set(size_t position, const typename Coordinates::Canonical& number) {
    for (size_t i = 0; i < kLimbs; ++i) memcpy(&limbs_[i].values[position], &number.limb[i], sizeof(uint64_t));
  }

  typename Coordinates::Canonical Find(const Selector& selector) const {
    typename Coordinates::Canonical found;
#pragma GCC unroll 16
    for (size_t i = 0; i < kLimbs; ++i) found.limb[i] = selector.From(limbs_[i].values);
    return found;
  }

 private:
  static constexpr size_t kLimbs = Limbs<typename Coordinates::Modulus, Unit>::kCount;

  struct alignas(64) LimbOfEach {
    uint64_t values[kWindowPoints];
  };

  LimbOfEach limbs_[kLimbs];
};

// The points for one digit of recoded scalars. A look-up goes through all of them: which one it wants shows neither in
// its time nor in the cache.
template <typename Curve, typename Coordinates>
class Window {
 public:
  void Set(size_t position, const AffinePoint<Coordinates>& point) {
    x_.Set(position, point.x);
    y_.Set(position, point.y);
  }

  AffinePoint<Coordinates> Lookup(const Digit<typename Coordinates::Word>& digit) const {
    const typename Row<Coordinates>::Selector selector(digit.index);
    return {x_.Find(selector), Coordinates::NegateWhere(digit.negative, y_.Find(selector))};
  }

 private:
  Row<Coordinates> x_;
  Row<Coordinates> y_;
};

template <typename Coordinates>
class Window<Edwards25519, Coordinates> {
 public:
  void Set(size_t position, const AffinePoint<Coordinates>& point) {
    const auto summand = SummandPoint<Coordinates>::FromAffine(point);
    sum_.Set(position, Coordinates::ReduceFully(summand.sum));
    difference_.Set(position, Coordinates::ReduceFully(summand.difference));
    product_.Set(position, Coordinates::ReduceFully(summand.product));
  }

  // The negative of (x, y) is (-x, y): sum and difference change places.
  SummandPoint<Coordinates> Lookup(const Digit<typename Coordinates::Word>& digit) const {
    const typename Row<Coordinates>::Selector selector(digit.index);
    const auto sum = Reduce(sum_.Find(selector));
    const auto difference = Reduce(difference_.Find(selector));
    const auto product = product_.Find(selector);
    return {Coordinates::Select(digit.negative, difference, sum), Coordinates::Select(digit.negative, sum, difference),
            Reduce(Coordinates::NegateWhere(digit.negative, product))};
  }

 private:
  Row<Coordinates> sum_;
  Row<Coordinates> difference_;
  Row<Coordinates> product_;
};

template <typename Curve, typename Unit>
class Table {
 public:
  using Coordinates = Field<FieldOf<Curve>, Unit>;
  using Word = typename Unit::Word;

  Table() {
    const std::vector<AffineNumbers<Curve>> multiples = MultiplesOfBase<Curve>();
    windows_.resize(kWindows<Curve>);
    for (size_t i = 0; i < multiples.size(); ++i)
      windows_[i / kWindowPoints].Set(i % kWindowPoints, {FromNumber(multiples[i].x), FromNumber(multiples[i].y)});
  }

  auto Lookup(size_t window, const Digit<Word>& digit) const { return windows_[window].Lookup(digit); }

 private:
  static typename Coordinates::Canonical FromNumber(const Number<Curve::kWords>& number) {
    return Coordinates::ReduceFully(Coordinates::Encode(InEveryLane<Word>(number)));
  }

  std::vector<Window<Curve, Coordinates>> windows_;
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_TABLE_H_
