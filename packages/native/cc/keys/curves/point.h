#ifndef LATCHKEY_KEYS_CURVES_POINT_H_
#define LATCHKEY_KEYS_CURVES_POINT_H_

namespace latchkey::keys::curves {

template <typename Coordinates>
struct AffinePoint {
  typename Coordinates::Canonical x;
  typename Coordinates::Canonical y;
};

// (X, Y, Z) is the point (X/Z^2, Y/Z^3) in Jacobian coordinates; with Z = 0 it is the point at infinity.
template <typename Coordinates>
struct Point {
  typename Coordinates::Element x;
  typename Coordinates::Element y;
  typename Coordinates::Element z;

  static Point FromAffine(const AffinePoint<Coordinates>& point) {
    return {Reduce(point.x), Reduce(point.y), Reduce(Coordinates::One())};
  }
};

// Hankerson, Menezes and Vanstone, "Guide to Elliptic Curve Cryptography", algorithm 3.22: 8 multiplications and 3
// squarings. Neither point may be the point at infinity. For two equal points the result has Z = 0, which is wrong, and
// for two opposite ones too, where it is right: whoever cannot exclude them has to look at Z.
template <typename Coordinates>
inline Point<Coordinates> Add(const Point<Coordinates>& p, const AffinePoint<Coordinates>& q) {
  const auto z_squared = Square(p.z);
  const auto h = q.x * z_squared - p.x;
  const auto r = q.y * (z_squared * p.z) - p.y;
  const auto h_squared = Square(h);
  const auto h_cubed = h_squared * h;
  const auto v = h_squared * p.x;
  Point<Coordinates> sum;
  sum.x = Reduce(Square(r) - (h_cubed + v + v));
  sum.y = Reduce((v - sum.x) * r - h_cubed * p.y);
  sum.z = p.z * h;
  return sum;
}

// The same book's algorithm 3.21, for a = -3.
template <typename Coordinates>
inline Point<Coordinates> Double(const Point<Coordinates>& p) {
  const auto twice = [](const auto& number) { return number + number; };
  const auto z_squared = Square(p.z);
  const auto y_squared = Square(p.y);
  const auto product = (p.x - z_squared) * (p.x + z_squared);
  const auto m = Reduce(twice(product) + product);
  const auto s = Reduce(twice(twice(p.x * y_squared)));
  Point<Coordinates> doubled;
  doubled.x = Reduce(Square(m) - twice(s));
  doubled.y = Reduce(m * (s - doubled.x) - twice(twice(twice(Square(y_squared)))));
  doubled.z = Reduce(twice(p.y * p.z));
  return doubled;
}

// Given 1/Z.
template <typename Coordinates>
AffinePoint<Coordinates> ToAffine(const Point<Coordinates>& point, const typename Coordinates::Element& z_inverse) {
  const auto squared = Square(z_inverse);
  return {Coordinates::ReduceFully(point.x * squared), Coordinates::ReduceFully(point.y * (squared * z_inverse))};
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_POINT_H_
