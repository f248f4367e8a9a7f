#include "keys/curves/multiples.h"

#include "keys/curves/field.h"
#include "keys/curves/inversion.h"
#include "keys/curves/point.h"
#include "keys/curves/recoding.h"
#include "keys/curves/word_unit.h"

namespace latchkey::keys::curves {

namespace {

// Of one window, and the first of the next.
template <typename Coordinates>
struct Multiple {
  Point<Coordinates> point;
  // 1/z, once inverted.
  typename Coordinates::Element z;
  typename Coordinates::Element z_product;
};

template <typename Coordinates>
Point<Coordinates> WithZ1(const AffinePoint<Coordinates>& point) {
  return {Reduce(point.x), Reduce(point.y), Reduce(Coordinates::One())};
}

template <typename Coordinates>
AffinePoint<Coordinates> ToAffine(const Point<Coordinates>& point, const typename Coordinates::Element& z_inverse) {
  const auto squared = Square(z_inverse);
  return {Coordinates::ReduceFully(point.x * squared), Coordinates::ReduceFully(point.y * (squared * z_inverse))};
}

}  // namespace

template <typename Curve>
std::vector<AffineNumbers<Curve>> MultiplesOfBase() {
  using Coordinates = Field<FieldOf<Curve>, WordUnit>;
  std::vector<AffineNumbers<Curve>> numbers;
  std::vector<Multiple<Coordinates>> multiples(kWindowPoints + 1);
  AffinePoint<Coordinates> first = {Coordinates::ReduceFully(Coordinates::Encode(Curve::kBaseX)),
                                    Coordinates::ReduceFully(Coordinates::Encode(Curve::kBaseY))};
  for (size_t window = 0; window < kWindows<Curve>; ++window) {
    Point<Coordinates> power = Double(WithZ1(first));
    const AffinePoint<Coordinates> twice = ToAffine(power, Invert<Coordinates>(power.z));
    multiples[0].point = WithZ1(first);
    for (size_t i = 1; i < kWindowPoints; ++i) multiples[i].point = Add(multiples[i - 1].point, twice);
    for (size_t i = 1; i < kWindowBits; ++i) power = Double(power);
    multiples[kWindowPoints].point = power;

    for (Multiple<Coordinates>& multiple : multiples) multiple.z = multiple.point.z;
    InvertAll<Coordinates>(multiples.data(), multiples.size(), &Multiple<Coordinates>::z, &Multiple<Coordinates>::z_product);
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

}  // namespace latchkey::keys::curves
