#ifndef LATCHKEY_KEYS_CURVES_ED25519_H_
#define LATCHKEY_KEYS_CURVES_ED25519_H_

#include <algorithm>
#include <cstring>
#include <new>

#include "keys/curves/curve.h"
#include "keys/curves/edwards_point.h"
#include "keys/curves/field.h"
#include "keys/curves/inversion.h"
#include "keys/curves/recoding.h"
#include "keys/curves/sha512.h"
#include "keys/curves/sha512_input.h"
#include "keys/curves/signing.h"
#include "keys/curves/table.h"
#include "keys/curves/words.h"

namespace latchkey::keys::curves {

// Many Ed25519 signatures (RFC 8032, section 5.1.6) at once: the base point's multiples, by additions alone, out of a
// table; then one inversion for the Z of all of them. Nothing is kept for another call.
//
// A signature that is not right, or an R that is not r * B, may give the key away to who has the message signed twice. So
// all is checked before it is called a success. A lane that no signature needs takes the negative of the sum of all
// other lanes' nonces: then the points of all lanes add up to the neutral element, unless one of them is wrong.
template <typename Unit>
class Ed25519 {
 public:
  static constexpr EngineSizes Sizes() { return {kLanes, sizeof(State), 1}; }

  static void HashNonces(Ed25519Signing* signings, size_t count) {
    for (size_t i = 0; i < count; i += kLanes) {
      const auto nonces = Hash(count - i, [&](size_t lane) {
        const Ed25519Signing& signing = signings[i + lane];
        return Sha512Input(signing.prefix.data(), signing.prefix.size(), signing.message);
      });
      Store(nonces, signings + i, count - i, &Ed25519Signing::nonce);
    }
  }

  static void Sign(const Table<Edwards25519, Unit>& table, Ed25519Signing* signings, size_t count, void* room) {
    auto* states = static_cast<State*>(room);
    const size_t vectors = count / kLanes + 1;
    Begin(states, vectors, signings, count);
    MultiplyBase(table, states, vectors);
    InvertAll<Coordinates>(states, vectors, &State::z, &State::z_product);
    for (size_t i = 0; i < vectors; ++i) states[i].affine = ToAffine(states[i].point, states[i].z);
    for (size_t i = 0; i * kLanes < count; ++i) Finish(states[i], signings + i * kLanes, count - i * kLanes);
    const Word points_are_right = AddUpToNeutral(states, vectors);
    for (size_t i = 0; i * kLanes < count; ++i)
      Check(states[i], points_are_right, signings + i * kLanes, count - i * kLanes);
  }

 private:
  static constexpr size_t kLanes = Unit::kLanes;
  using Coordinates = Field<FieldOf<Edwards25519>, Unit>;
  using Scalars = Field<OrderOf<Edwards25519>, Unit>;
  using Word = typename Unit::Word;
  using Integer = Words<Word, Edwards25519::kWords>;
  using Scalar = typename Scalars::Element;

  // Of the signatures in the lanes of one vector.
  struct State {
    Recoded<Edwards25519, Word> recoded;
    Scalar nonce;
    EdwardsPoint<Coordinates> point;
    // That of the point; later the inverse.
    typename Coordinates::Element z;
    typename Coordinates::Element z_product;
    AffinePoint<Coordinates> affine;
  };

  // Lanes that are to spare repeat a signature, but for the very last.
  static void Begin(State* states, size_t vectors, const Ed25519Signing* signings, size_t count) {
    Scalar sum = {};
    for (size_t i = 0; i < vectors; ++i) {
      const size_t first = i * kLanes < count ? i * kLanes : 0;
      Scalar nonce = ReducedNonces(signings + first, count - first);
      if (i + 1 == vectors) nonce = Scalars::Select(LastLane(), NegativeOfSum(sum, nonce), nonce);
      sum = (sum + nonce) * Scalars::One();
      const Integer reduced = Scalars::Decode(nonce);
      new (&states[i]) State{Recoded<Edwards25519, Word>(OddSum<Edwards25519, Word>(reduced)), nonce, {}, {}, {}, {}};
    }
  }

  static Scalar ReducedNonces(const Ed25519Signing* signings, size_t count) {
    return Scalars::EncodeWide(Load(signings, count, &Ed25519Signing::nonce)) * Scalars::One();
  }

  // Of a sum in each lane and, the last lane excepted, one summand more, all lanes together.
  static Scalar NegativeOfSum(const Scalar& sum, const Scalar& last) {
    const Scalar zero = {};
    Scalar total = (sum + Scalars::Select(LastLane(), zero, last)) * Scalars::One();
    AddLanes<kLanes / 2>([&](auto rotate) { total = (total + rotate(total)) * Scalars::One(); });
    return (zero - total) * Scalars::One();
  }

  static Word LastLane() {
    uint64_t lanes[kLanes] = {};
    lanes[kLanes - 1] = ~uint64_t{0};
    Word mask;
    memcpy(&mask, lanes, sizeof(mask));
    return mask;
  }

  // Calls `add` for each halving of the lanes with a function that brings every element to the lane that far away. When
  // what it gives has been added each time, all lanes have the sum of all.
  template <size_t kDistance, typename Adding>
  static void AddLanes(const Adding& add) {
    if constexpr (kDistance > 0) {
      add([](const auto& element) { return Rotate<kDistance>(element); });
      AddLanes<kDistance / 2>(add);
    }
  }

  // Adds up a point for each digit, from the lowest to the highest.
  static void MultiplyBase(const Table<Edwards25519, Unit>& table, State* states, size_t vectors) {
    for (size_t i = 0; i < vectors; ++i) states[i].point = Neutral();
    for (size_t window = 0; window < kWindows<Edwards25519>; ++window) {
      for (size_t i = 0; i < vectors; ++i)
        states[i].point = Add(states[i].point, table.Lookup(window, states[i].recoded.At(window)));
    }
    for (size_t i = 0; i < vectors; ++i) states[i].z = states[i].point.z;
  }

  static EdwardsPoint<Coordinates> Neutral() {
    return EdwardsPoint<Coordinates>::FromAffine({{}, Coordinates::One()});
  }

  // R is the point's encoding, and S = r + k * s.
  static void Finish(const State& state, Ed25519Signing* signings, size_t count) {
    Store(Encode(state.affine), signings, count, &Ed25519Signing::r);
    const Words<Word, 8> hash = HashSigned(signings, count);
    const auto scalar = Scalars::EncodeAny(Load(signings, count, &Ed25519Signing::scalar));
    Store(Scalars::Decode(Scalars::EncodeWide(hash) * scalar + state.nonce), signings, count, &Ed25519Signing::s);
  }

  // Section 5.1.2: y, and the lowest bit of x in the highest.
  static Integer Encode(const AffinePoint<Coordinates>& point) {
    const Integer x = Coordinates::Decode(point.x);
    Integer encoded = Coordinates::Decode(point.y);
    encoded[Edwards25519::kWords - 1] |= x[0] << 63;
    return encoded;
  }

  // All ones if the points in all lanes do.
  static Word AddUpToNeutral(const State* states, size_t vectors) {
    EdwardsPoint<Coordinates> sum = Neutral();
    for (size_t i = 0; i < vectors; ++i) sum = Add(sum, states[i].affine);
    AddLanes<kLanes / 2>([&](auto rotate) {
      sum = Add(sum, EdwardsPoint<Coordinates>{rotate(sum.x), rotate(sum.y), rotate(sum.z), rotate(sum.t)});
    });
    return IsZero(Coordinates::Decode(sum.x)) & IsZero(Coordinates::Decode(sum.y - sum.z));
  }

  // Whether what has been stored is R and S: computes it again out of what it came from. Not inlined, so that it is.
  __attribute__((noinline)) static void Check(const State& state, const Word& points_are_right,
                                              Ed25519Signing* signings, size_t count) {
    const Integer r = Load(signings, count, &Ed25519Signing::r);
    Integer r_difference;
    Subtract(Encode(state.affine), r, r_difference);
    const auto scalar = Scalars::EncodeAny(Load(signings, count, &Ed25519Signing::scalar));
    const auto s = Scalars::EncodeAny(Load(signings, count, &Ed25519Signing::s));
    const auto right_s =
        Scalars::EncodeWide(HashSigned(signings, count)) * scalar + ReducedNonces(signings, count);
    const Word right = points_are_right & IsZero(r_difference) & IsZero(Scalars::Decode(right_s - s));
    uint64_t right_lanes[kLanes];
    memcpy(right_lanes, &right, sizeof(right_lanes));
    for (size_t lane = 0; lane < std::min(count, kLanes); ++lane) signings[lane].succeeded = right_lanes[lane] != 0;
  }

  // k: that of R, A and the message.
  static Words<Word, 8> HashSigned(const Ed25519Signing* signings, size_t count) {
    uint64_t heads[kLanes][2 * Edwards25519::kWords];
    return Hash(count, [&](size_t lane) {
      const Ed25519Signing& signing = signings[lane];
      std::copy(signing.r.begin(), signing.r.end(), heads[lane]);
      std::copy(signing.public_key.begin(), signing.public_key.end(), heads[lane] + signing.r.size());
      return Sha512Input(heads[lane], 2 * Edwards25519::kWords, signing.message);
    });
  }

  // Of the input in each lane. The least significant word and byte come first, as in all numbers of Ed25519.
  template <typename InputOf>
  static Words<Word, 8> Hash(size_t count, InputOf input_of) {
    const size_t used = std::min(count, kLanes);
    size_t blocks[kLanes];
    size_t most_blocks = 0;
    for (size_t lane = 0; lane < used; ++lane) {
      blocks[lane] = input_of(lane).BlockCount();
      most_blocks = std::max(most_blocks, blocks[lane]);
    }
    Sha512<Unit> sha512;
    uint64_t words[16][kLanes] = {};
    for (size_t index = 0; index < most_blocks; ++index) {
      uint64_t mask_lanes[kLanes] = {};
      for (size_t lane = 0; lane < used; ++lane) {
        if (index >= blocks[lane]) continue;
        mask_lanes[lane] = ~uint64_t{0};
        uint64_t block[16];
        input_of(lane).WriteBlock(index, block);
        for (size_t i = 0; i < 16; ++i) words[i][lane] = __builtin_bswap64(block[i]);
      }
      Words<Word, 16> loaded;
      for (size_t i = 0; i < loaded.size(); ++i) memcpy(&loaded[i], words[i], sizeof(Word));
      Words<Word, 1> mask;
      memcpy(&mask, mask_lanes, sizeof(mask));
      sha512.Add(loaded, mask[0]);
    }
    Words<Word, 8> hash;
    for (size_t i = 0; i < hash.size(); ++i) {
      uint64_t lanes[kLanes];
      memcpy(lanes, &sha512.state()[i], sizeof(lanes));
      for (uint64_t& lane : lanes) lane = __builtin_bswap64(lane);
      memcpy(&hash[i], lanes, sizeof(lanes));
    }
    return hash;
  }

  // Spare lanes repeat the first signature.
  template <size_t kWords>
  static Words<Word, kWords> Load(const Ed25519Signing* signings, size_t count, Number<kWords> Ed25519Signing::*which) {
    Words<Word, kWords> number;
    for (size_t i = 0; i < kWords; ++i) {
      uint64_t lanes[kLanes];
      for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = (signings[lane < count ? lane : 0].*which)[i];
      memcpy(&number[i], lanes, sizeof(lanes));
    }
    return number;
  }

  template <size_t kWords>
  static void Store(const Words<Word, kWords>& number, Ed25519Signing* signings, size_t count,
                    Number<kWords> Ed25519Signing::*which) {
    for (size_t i = 0; i < kWords; ++i) {
      uint64_t lanes[kLanes];
      memcpy(lanes, &number[i], sizeof(lanes));
      for (size_t lane = 0; lane < std::min(count, kLanes); ++lane) (signings[lane].*which)[i] = lanes[lane];
    }
  }
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_ED25519_H_
