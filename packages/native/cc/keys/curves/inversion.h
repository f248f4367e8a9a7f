#ifndef LATCHKEY_KEYS_CURVES_INVERSION_H_
#define LATCHKEY_KEYS_CURVES_INVERSION_H_

#include "keys/curves/number.h"

namespace latchkey::keys::curves {

// 1 / element, by Fermat: its power of modulus - 2. That exponent is public, and which windows of it are skipped too.
// Of 0 it makes 0.
template <typename Field>
typename Field::Element Invert(const typename Field::Element& element) {
  using Modulus = typename Field::Modulus;
  constexpr size_t kWindow = 4;
  constexpr auto kExponent = MinusSmall(Modulus::kModulus, 2);

  typename Field::Element power[size_t{1} << kWindow];
  power[1] = element;
  for (size_t i = 2; i < size_t{1} << kWindow; ++i) power[i] = power[i - 1] * element;

  size_t position = (Modulus::kBits - 1) / kWindow * kWindow;
  typename Field::Element result = power[BitsAt(kExponent, position, kWindow)];
  while (position > 0) {
    position -= kWindow;
    for (size_t i = 0; i < kWindow; ++i) result = Square(result);
    const uint64_t bits = BitsAt(kExponent, position, kWindow);
    if (bits != 0) result = result * power[bits];
  }
  return result;
}

// Montgomery's trick (1987): inverts one element of each of `count` states at the price of one inversion and three
// multiplications for each. No element may be 0. `product` is where the products of all up to a state are kept
// meanwhile.
template <typename Field, typename State>
void InvertAll(State* states, size_t count, typename Field::Element State::*element,
               typename Field::Element State::*product) {
  states[0].*product = states[0].*element;
  for (size_t i = 1; i < count; ++i) states[i].*product = states[i - 1].*product * states[i].*element;
  typename Field::Element inverse = Invert<Field>(states[count - 1].*product);
  for (size_t i = count - 1; i > 0; --i) {
    const typename Field::Element next = inverse * states[i].*element;
    states[i].*element = inverse * states[i - 1].*product;
    inverse = next;
  }
  states[0].*element = inverse;
}

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_INVERSION_H_
