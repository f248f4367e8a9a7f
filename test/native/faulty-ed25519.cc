// Computes Ed25519 signatures on a machine that makes one mistake. Built by ed25519-faults.test.ts out of the addon's own
// sources. Arguments: what the mistake is in (product, lookup or hash), and how far apart the moments are at which it is
// made: in each of these, all signatures are computed anew. Output: how many signatures the engine gave out that were
// right, how many it refused, and how many it gave out that were wrong.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "keys/curves/ed25519.h"
#include "keys/curves/engines.h"
#include "keys/curves/word_unit.h"

using namespace latchkey::keys::curves;

namespace {

enum class Place { kProduct, kLookup, kHash };

// Flips a bit, another one each time, when its moment has come.
class Mistake {
 public:
  void Prepare(Place place, size_t moment) {
    place_ = place;
    moment_ = moment;
    passed_ = 0;
  }

  template <typename Number>
  void Damage(Place place, Number& number, size_t bits) {
    if (place == place_ && passed_++ == moment_) number ^= Number{1} << (moment_ * 7 % bits);
  }

  // How often it could have been made.
  size_t moments() const { return passed_; }

 private:
  Place place_ = Place::kProduct;
  size_t moment_ = ~size_t{0};
  size_t passed_ = 0;
};

Mistake mistake;

struct FaultyUnit : WordUnit {
  static void AddProduct(Column* column, Word left, Word right) {
    WordUnit::AddProduct(column, left, right);
    mistake.Damage(Place::kProduct, *column, 112);
  }

  template <size_t kCount>
  class Selector : public WordUnit::Selector<kCount> {
   public:
    using WordUnit::Selector<kCount>::Selector;

    Word From(const uint64_t (&values)[kCount]) const {
      Word found = WordUnit::Selector<kCount>::From(values);
      mistake.Damage(Place::kLookup, found, kLimbBits);
      return found;
    }
  };
};

}  // namespace

namespace latchkey::keys::curves {

template <>
class Sha512<FaultyUnit> {
 public:
  void Add(const Words<uint64_t, 16>& block, const uint64_t& word_mask) {
    Words<uint64_t, 16> damaged = block;
    mistake.Damage(Place::kHash, damaged[5], 64);
    sha512_.Add(damaged, word_mask);
  }

  const Words<uint64_t, 8>& state() const { return sha512_.state(); }

 private:
  Sha512<WordUnit> sha512_;
};

}  // namespace latchkey::keys::curves

namespace {

struct AlignedDelete {
  void operator()(unsigned char* room) const { operator delete[](room, std::align_val_t{kRoomAlignment}); }
};

constexpr size_t kSignings = 3;
const uint8_t message[100] = {'w', 'h', 'a', 't', ' ', 'a', ' ', 's', 'e', 'r', 'v', 'e', 'r', ' ', 's', 'i', 'g', 'n', 's'};

std::vector<Ed25519Signing> MakeSignings() {
  std::vector<Ed25519Signing> signings(kSignings);
  for (size_t i = 0; i < kSignings; ++i) {
    signings[i].scalar = {8 * (i + 3), 0x0123456789abcdef, 0xfedcba9876543210, 0x4000000000000000};
    signings[i].prefix = {i, 1, 2, 3};
    signings[i].public_key = {4, 5, i, 7};
    signings[i].message = {message, sizeof(message) - i};
  }
  WordEngine<Edwards25519>().hash_nonces(signings.data(), kSignings);
  return signings;
}

template <typename Engine>
std::vector<Ed25519Signing> Sign(const Engine& sign) {
  std::vector<Ed25519Signing> signings = MakeSignings();
  const std::unique_ptr<unsigned char, AlignedDelete> room(
      new (std::align_val_t{kRoomAlignment}) unsigned char[(kSignings + 1) * Ed25519<FaultyUnit>::Sizes().room]);
  sign(signings.data(), room.get());
  return signings;
}

}  // namespace

int main(int, char** arguments) {
  const Place place = std::strcmp(arguments[1], "product") == 0  ? Place::kProduct
                      : std::strcmp(arguments[1], "lookup") == 0 ? Place::kLookup
                                                                 : Place::kHash;
  const size_t step = std::strtoul(arguments[2], nullptr, 10);
  const auto right = Sign([](Ed25519Signing* signings, void* room) {
    WordEngine<Edwards25519>().sign(signings, kSignings, room);
  });
  const Table<Edwards25519, FaultyUnit> table;

  size_t given_right = 0, refused = 0, given_wrong = 0;
  size_t moments = 1;
  for (size_t moment = 0; moment < moments; moment += step) {
    mistake.Prepare(place, moment);
    const auto signings = Sign([&](Ed25519Signing* begun, void* room) {
      Ed25519<FaultyUnit>::Sign(table, begun, kSignings, room);
    });
    moments = mistake.moments();
    for (size_t i = 0; i < kSignings; ++i) {
      if (!signings[i].succeeded) {
        ++refused;
      } else if (signings[i].r == right[i].r && signings[i].s == right[i].s) {
        ++given_right;
      } else {
        ++given_wrong;
      }
    }
  }
  std::printf("%zu %zu %zu\n", given_right, refused, given_wrong);
}
