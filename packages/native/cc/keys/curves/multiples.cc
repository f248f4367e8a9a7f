#include "keys/curves/multiples.h"

#include <type_traits>

#include "keys/curves/edwards_point.h"
#include "keys/curves/field.h"
#include "keys/curves/inversion.h"
#include "keys/curves/point.h"
#include "keys/curves/recoding.h"
#include "keys/curves/word_unit.h"

namespace latchkey::keys::curves {

namespace {

template <typename Curve, typename Coordinates>
using PointOf =
    std::conditional_t<std::is_same_v<Curve, Edwards25519>, EdwardsPoint<Coordinates>, Point<Coordinates>>;

// Of one window, and the first of the next.
template <typename Curve, typename Coordinates>
struct Multiple {
  PointOf<Curve, Coordinates> point;
  // 1/z, once inverted.
  typename Coordinates::Element z;
  typename Coordinates::Element z_product;
};

}  // namespace

template <typename Curve>
std::vector<AffineNumbers<Curve>> MultiplesOfBase() {
  using Coordinates = Field<FieldOf<Curve>, WordUnit>;
  using MultipleOfCurve = Multiple<Curve, Coordinates>;
  using PointOfCurve = PointOf<Curve, Coordinates>;
  std::vector<AffineNumbers<Curve>> numbers;
  std::vector<MultipleOfCurve> multiples(kWindowPoints + 1);
  AffinePoint<Coordinates> first = {Coordinates::ReduceFully(Coordinates::Encode(Curve::kBaseX)),
                                    Coordinates::ReduceFully(Coordinates::Encode(Curve::kBaseY))};
  for (size_t window = 0; window < kWindows<Curve>; ++window) {
    PointOfCurve power = Double(PointOfCurve::FromAffine(first));
    const AffinePoint<Coordinates> twice = ToAffine(power, Invert<Coordinates>(power.z));
    multiples[0].point = PointOfCurve::FromAffine(first);
    for (size_t i = 1; i < kWindowPoints; ++i) multiples[i].point = Add(multiples[i - 1].point, twice);
    for (size_t i = 1; i < kWindowBits; ++i) power = Double(power);
    multiples[kWindowPoints].point = power;

    for (MultipleOfCurve& multiple : multiples) multiple.z = multiple.point.z;
    InvertAll<Coordinates>(multiples.data(), multiples.size(), &MultipleOfCurve::z, &MultipleOfCurve::z_product);
    for (size_t i = 0; i < kWindowPoints; ++i) {
      const AffinePoint<Coordinates> affine = ToAffine(multiples[i].point, multiples[i].z);
      numbers.push_back({Coordinates::Decode(Reduce(affine.x)), Coordinates::Decode(Reduce(affine.y))});
    }
    first = ToAffine(power, multiples[kWindowPoints].z);
  }
  return numbers;
}

template std::vector<AffineNumbers<P256>> MultiplesOfBase();
template std::vector<AffineNumbers<P384>> MultiplesOfBase();
template std::vector<AffineNumbers<Edwards25519>> MultiplesOfBase();

}  // namespace latchkey::keys::curves
