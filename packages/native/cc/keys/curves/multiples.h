#ifndef LATCHKEY_KEYS_CURVES_MULTIPLES_H_
#define LATCHKEY_KEYS_CURVES_MULTIPLES_H_

#include <vector>

#include "keys/curves/curve.h"

namespace latchkey::keys::curves {

template <typename Curve>
struct AffineNumbers {
  Number<Curve::kWords> x;
  Number<Curve::kWords> y;
};

// All that a digit of a recoded scalar can stand for: the one at i * kWindowPoints + j is 2 * j + 1 times 2^(7 * i)
// times the base point. Computed afresh, in a few milliseconds.
template <typename Curve>
std::vector<AffineNumbers<Curve>> MultiplesOfBase();

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_MULTIPLES_H_
