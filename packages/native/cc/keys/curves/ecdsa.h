#ifndef LATCHKEY_KEYS_CURVES_ECDSA_H_
#define LATCHKEY_KEYS_CURVES_ECDSA_H_

#include <algorithm>
#include <cstring>
#include <new>

#include "keys/curves/curve.h"
#include "keys/curves/field.h"
#include "keys/curves/inversion.h"
#include "keys/curves/point.h"
#include "keys/curves/recoding.h"
#include "keys/curves/signing.h"
#include "keys/curves/table.h"
#include "keys/curves/words.h"

namespace latchkey::keys::curves {

// ECDSA signatures with many nonces at once: first the base point's multiples, by additions alone, out of a table; then
// one inversion modulo p for the Z of all of them and one modulo n for all nonces. Nothing is kept for another call.
template <typename Curve, typename Unit>
class Ecdsa {
 public:
  static constexpr EngineSizes Sizes() { return {kLanes, sizeof(State)}; }

  static void Sign(const Table<Curve, Unit>& table, EcdsaSigning* signings, size_t count, void* room) {
    auto* states = static_cast<State*>(room);
    const size_t vectors = (count + kLanes - 1) / kLanes;
    for (size_t i = 0; i < vectors; ++i) {
      const Integer nonce = Load(signings + i * kLanes, count - i * kLanes, &EcdsaSigning::nonce);
      new (&states[i]) State{Recoded<Curve, Word>(OddNegative<Curve, Word>(nonce)), {}, {}, {}, {}, Scalars::Encode(nonce), {}};
    }
    MultiplyBase(table, states, vectors);
    InvertAll<Coordinates>(states, vectors, &State::z, &State::z_product);
    InvertAll<Scalars>(states, vectors, &State::nonce, &State::nonce_product);
    for (size_t i = 0; i < vectors; ++i) Finish(states[i], signings + i * kLanes, count - i * kLanes);
  }

 private:
  static constexpr size_t kLanes = Unit::kLanes;
  using Coordinates = Field<FieldOf<Curve>, Unit>;
  using Scalars = Field<OrderOf<Curve>, Unit>;
  using Word = typename Unit::Word;
  using Integer = Words<Word, Curve::kWords>;

  // Of the signatures in the lanes of one vector.
  struct State {
    Recoded<Curve, Word> recoded;
    Point<Coordinates> point;
    // All ones where the point has no affine coordinates.
    Word at_infinity;
    // That of the point, or 1 where it is 0; later the inverse.
    typename Coordinates::Element z;
    typename Coordinates::Element z_product;
    // Later the inverse.
    typename Scalars::Element nonce;
    typename Scalars::Element nonce_product;
  };

  // Adds up a point for each digit, from the lowest to the highest. Add() needs two different points, neither of them
  // at infinity. Let s be what has been added up, an odd number smaller in magnitude than 2^(7 * i), and t the odd
  // multiple of 2^(7 * i) that comes next. They are not equal or opposite as numbers; nor are they modulo n as long as
  // |s| + |t| < n, which holds up to the last window. There, s + t is the scalar, which is not 0; and s - t is a
  // multiple of n for a single odd scalar, 30 * 2^252 - n for P-256 and 126 * 2^378 - n for P-384, and for its
  // negative. A nonce that is drawn is one of these with a probability of 2^-255. Then Z is 0: there is no signature,
  // and a 1 in place of Z keeps the inversion of all others right.
  static void MultiplyBase(const Table<Curve, Unit>& table, State* states, size_t vectors) {
    for (size_t i = 0; i < vectors; ++i) {
      const AffinePoint<Coordinates> first = table.Lookup(0, states[i].recoded.At(0));
      states[i].point = {Reduce(first.x), Reduce(first.y), Reduce(Coordinates::One())};
    }
    for (size_t window = 1; window < kWindows<Curve>; ++window) {
      for (size_t i = 0; i < vectors; ++i)
        states[i].point = Add(states[i].point, table.Lookup(window, states[i].recoded.At(window)));
    }
    for (size_t i = 0; i < vectors; ++i) {
      State& state = states[i];
      state.at_infinity = IsZero(Coordinates::Decode(state.point.z));
      state.z = Coordinates::Select(state.at_infinity, Reduce(Coordinates::One()), state.point.z);
    }
  }

  // r is the point's x modulo n, and s = (e + d * r) / k.
  static void Finish(const State& state, EcdsaSigning* signings, size_t count) {
    const Integer x = Coordinates::Decode(state.point.x * Square(state.z));
    Integer reduced;
    // Both p and n are between 2^(kBits - 1) and 2^kBits.
    const Word negative = Word{} - Subtract(x, InEveryLane<Word>(Curve::kN), reduced);
    const Integer r = Select(negative, x, reduced);
    const Integer private_key = Load(signings, count, &EcdsaSigning::private_key);
    const Integer digest = Load(signings, count, &EcdsaSigning::digest);
    const auto sum = Scalars::Encode(digest) + Scalars::Encode(private_key) * Scalars::Encode(r);
    const Integer s = Scalars::Decode(Reduce(state.nonce * sum));
    const Words<Word, 1> failed = {state.at_infinity | IsZero(r) | IsZero(s)};

    uint64_t failed_lanes[kLanes];
    memcpy(failed_lanes, &failed, sizeof(failed_lanes));
    Store(r, signings, count, &EcdsaSigning::r);
    Store(s, signings, count, &EcdsaSigning::s);
    for (size_t lane = 0; lane < std::min(count, kLanes); ++lane) signings[lane].succeeded = failed_lanes[lane] == 0;
  }

  // Spare lanes repeat the first signature.
  static Integer Load(const EcdsaSigning* signings, size_t count, Number<kMaximumWords> EcdsaSigning::*which) {
    Integer number;
    for (size_t i = 0; i < Curve::kWords; ++i) {
      uint64_t lanes[kLanes];
      for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = (signings[lane < count ? lane : 0].*which)[i];
      memcpy(&number[i], lanes, sizeof(lanes));
    }
    return number;
  }

  static void Store(const Integer& number, EcdsaSigning* signings, size_t count, Number<kMaximumWords> EcdsaSigning::*which) {
    for (size_t i = 0; i < Curve::kWords; ++i) {
      uint64_t lanes[kLanes];
      memcpy(lanes, &number[i], sizeof(lanes));
      for (size_t lane = 0; lane < std::min(count, kLanes); ++lane) (signings[lane].*which)[i] = lanes[lane];
    }
  }
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_ECDSA_H_
