#ifndef LATCHKEY_KEYS_CURVES_EDWARDS_POINT_H_
#define LATCHKEY_KEYS_CURVES_EDWARDS_POINT_H_

#include "keys/curves/curve.h"
#include "keys/curves/field.h"
#include "keys/curves/point.h"

namespace latchkey::keys::curves {

// (X, Y, Z, T) is the point (X/Z, Y/Z) of Edwards25519, and T = XY/Z: extended coordinates (RFC 8032, section 5.1.4). Its
// formulas hold for all points, and no Z is ever 0.
template <typename Coordinates>
struct EdwardsPoint {
  typename Coordinates::Element x;
  typename Coordinates::Element y;
  typename Coordinates::Element z;
  typename Coordinates::Element t;

  static EdwardsPoint FromAffine(const AffinePoint<Coordinates>& point) {
    return {Reduce(point.x), Reduce(point.y), Reduce(Coordinates::One()), point.x * point.y};
  }
};

// The point (x, y) as it is added: y + x, y - x and 2 * d * x * y.
template <typename Coordinates>
struct SummandPoint {
  typename Coordinates::Element sum;
  typename Coordinates::Element difference;
  typename Coordinates::Element product;

  static SummandPoint FromAffine(const AffinePoint<Coordinates>& point) {
    const auto d = Coordinates::Encode(InEveryLane<typename Coordinates::Word>(Edwards25519::kD));
    return {Reduce(point.y + point.x), Reduce(point.y - point.x), (d + d) * (point.x * point.y)};
  }
};

// Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited" (2008), section 3.1, for a = -1. The names are the
// paper's.
template <typename Coordinates, typename D>
inline EdwardsPoint<Coordinates> SumOf(const typename Coordinates::Element& a, const typename Coordinates::Element& b,
                                       const typename Coordinates::Element& c, const D& d) {
  const auto e = b - a;
  const auto f = d - c;
  const auto g = d + c;
  const auto h = b + a;
  return {e * f, g * h, f * g, e * h};
}

// 7 multiplications.
template <typename Coordinates>
inline EdwardsPoint<Coordinates> Add(const EdwardsPoint<Coordinates>& p, const SummandPoint<Coordinates>& q) {
  return SumOf<Coordinates>((p.y - p.x) * q.difference, (p.y + p.x) * q.sum, p.t * q.product, p.z + p.z);
}

// 9 multiplications.
template <typename Coordinates>
inline EdwardsPoint<Coordinates> Add(const EdwardsPoint<Coordinates>& p, const EdwardsPoint<Coordinates>& q) {
  const auto d = Coordinates::Encode(InEveryLane<typename Coordinates::Word>(Edwards25519::kD));
  return SumOf<Coordinates>((p.y - p.x) * (q.y - q.x), (p.y + p.x) * (q.y + q.x), p.t * ((d + d) * q.t),
                            (p.z + p.z) * q.z);
}

template <typename Coordinates>
inline EdwardsPoint<Coordinates> Add(const EdwardsPoint<Coordinates>& p, const AffinePoint<Coordinates>& q) {
  return Add(p, SummandPoint<Coordinates>::FromAffine(q));
}

// The same paper's section 3.3, with all signs turned over.
template <typename Coordinates>
inline EdwardsPoint<Coordinates> Double(const EdwardsPoint<Coordinates>& p) {
  const auto a = Square(p.x);
  const auto b = Square(p.y);
  const auto z_squared = Square(p.z);
  const auto h = a + b;
  const auto e = Square(p.x + p.y) - h;
  const auto g = b - a;
  const auto f = z_squared + z_squared - g;
  return {e * f, g * h, f * g, e * h};
}

// Given 1/Z.
template <typename Coordinates>
AffinePoint<Coordinates> ToAffine(const EdwardsPoint<Coordinates>& point,
                                  const typename Coordinates::Element& z_inverse) {
  return {Coordinates::ReduceFully(point.x * z_inverse), Coordinates::ReduceFully(point.y * z_inverse)};
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_EDWARDS_POINT_H_
