#include "keys/curves/self_test.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <iterator>

#include "keys/curves/recoding.h"
#include "keys/curves/room.h"
#include "support/error_scope.h"
#include "support/openssl.h"

namespace latchkey::keys::curves {

namespace {

using GroupPointer = Owned<EC_GROUP, EC_GROUP_free>;
using PointPointer = Owned<EC_POINT, EC_POINT_clear_free>;
using Words = Number<kMaximumWords>;

constexpr size_t kSignings = kWindowPoints + 8;

template <typename Curve>
constexpr int kGroup = Curve::kBits == 256 ? NID_X9_62_prime256v1 : NID_secp384r1;

template <typename Curve>
BignumPointer ToBignum(const Words& words) {
  return BignumPointer(BN_lebin2bn(reinterpret_cast<const unsigned char*>(words.data()),
                                   static_cast<int>(Curve::kWords * sizeof(uint64_t)), nullptr));
}

// What the equations of FIPS 186-5, section 6.4.1, say of a signature, in OpenSSL's arithmetic.
template <typename Curve>
class Reference {
 public:
  bool IsRight(const EcdsaSigning& signing) {
    if (!group_ || !context_ || !signing.succeeded) return false;
    const BignumPointer nonce = ToBignum<Curve>(signing.nonce);
    const BignumPointer r = ToBignum<Curve>(signing.r);
    const BignumPointer s = ToBignum<Curve>(signing.s);
    return IsXOfMultiple(r.get(), nonce.get()) && IsS(s.get(), r.get(), nonce.get(), signing);
  }

 private:
  bool IsXOfMultiple(const BIGNUM* r, const BIGNUM* nonce) {
    const PointPointer point(EC_POINT_new(group_.get()));
    const BignumPointer x(BN_new());
    const BignumPointer reduced(BN_new());
    return r != nullptr && nonce != nullptr && point && x && reduced &&
           EC_POINT_mul(group_.get(), point.get(), nonce, nullptr, nullptr, context_.get()) == 1 &&
           EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), nullptr, context_.get()) == 1 &&
           BN_nnmod(reduced.get(), x.get(), Order(), context_.get()) == 1 && BN_cmp(reduced.get(), r) == 0;
  }

  // s * k = e + d * r, and s is not only congruent to that but below the order.
  bool IsS(const BIGNUM* s, const BIGNUM* r, const BIGNUM* nonce, const EcdsaSigning& signing) {
    const BignumPointer private_key = ToBignum<Curve>(signing.private_key);
    const BignumPointer digest = ToBignum<Curve>(signing.digest);
    const BignumPointer left(BN_new());
    const BignumPointer right(BN_new());
    return s != nullptr && private_key && digest && left && right && BN_cmp(s, Order()) < 0 &&
           BN_mod_mul(left.get(), s, nonce, Order(), context_.get()) == 1 &&
           BN_mod_mul(right.get(), private_key.get(), r, Order(), context_.get()) == 1 &&
           BN_mod_add(right.get(), right.get(), digest.get(), Order(), context_.get()) == 1 &&
           BN_cmp(left.get(), right.get()) == 0;
  }

  const BIGNUM* Order() const { return EC_GROUP_get0_order(group_.get()); }

  const GroupPointer group_{EC_GROUP_new_by_curve_name(kGroup<Curve>)};
  const BignumContextPointer context_{BN_CTX_new()};
};

// The highest bit of a digit, thus its sign, among those highest 32 in which every order here has nothing but ones: a
// number that lacks it is below the order.
template <typename Curve>
constexpr size_t kMissingBit = (Curve::kBits - 32 + kWindowBits - 1) / kWindowBits * kWindowBits;

template <typename Curve>
void ClearMissingBit(Words& words) {
  words[kMissingBit<Curve> / 64] &= ~(uint64_t{1} << (kMissingBit<Curve> % 64));
}

template <typename Curve>
bool Draw(Words& words) {
  const auto length = static_cast<int>(Curve::kWords * sizeof(uint64_t));
  const bool drawn = RAND_priv_bytes(reinterpret_cast<unsigned char*>(words.data()), length) == 1;
  ClearMissingBit<Curve>(words);
  return drawn;
}

// An odd number of which the digit in each window has `bits` flipped.
template <typename Curve>
Words Variant(const Words& number, uint64_t bits) {
  Words variant = number;
  for (size_t window = 0; window < kWindows<Curve>; ++window) {
    // See Recoded.
    const size_t position = window * kWindowBits + 1;
    for (size_t bit = 0; bit < kWindowBits && position + bit < Curve::kBits; ++bit)
      variant[(position + bit) / 64] ^= (bits >> bit & 1) << ((position + bit) % 64);
  }
  variant[0] |= 1;
  return variant;
}

// One for each point of a window, so that each window sees all of its points; and some with even nonces.
template <typename Curve>
bool ChooseInputs(EcdsaSigning (&signings)[kSignings]) {
  Words number{};
  if (!Draw<Curve>(number)) return false;
  for (size_t i = 0; i < kSignings; ++i) {
    EcdsaSigning& signing = signings[i];
    signing.nonce = Variant<Curve>(number, i % kWindowPoints);
    if (i >= kWindowPoints) signing.nonce[0] ^= 1;
    if (!Draw<Curve>(signing.private_key) || !Draw<Curve>(signing.digest)) return false;
  }
  return true;
}

}  // namespace

template <typename Curve>
bool PassesSelfTest(const EngineOf<Curve>& engine) {
  const ErrorScope errors;
  EcdsaSigning signings[kSignings] = {};
  if (!ChooseInputs<Curve>(signings)) return false;
  Room room(engine.sizes, kSignings);
  engine.sign(signings, kSignings, room.get());
  Reference<Curve> reference;
  return std::all_of(std::begin(signings), std::end(signings),
                     [&reference](const EcdsaSigning& signing) { return reference.IsRight(signing); });
}

template bool PassesSelfTest<P256>(const EcdsaEngine& engine);
template bool PassesSelfTest<P384>(const EcdsaEngine& engine);

}  // namespace latchkey::keys::curves
