#include "keys/curves/ecdsa.h"
#include "keys/curves/engines.h"
#include "keys/curves/word_unit.h"
#include "support/never_destroyed.h"

namespace latchkey::keys::curves {

namespace {

template <typename Curve>
void SignOneByOne(Signing* signings, size_t count, void* room) {
  static NeverDestroyed<Table<Curve, WordUnit>> table;
  Ecdsa<Curve, WordUnit>::Sign(*table, signings, count, room);
}

}  // namespace

template <typename Curve>
const Engine& WordEngine() {
  static constexpr Engine kEngine = {Ecdsa<Curve, WordUnit>::Sizes(), SignOneByOne<Curve>};
  return kEngine;
}

template const Engine& WordEngine<P256>();
template const Engine& WordEngine<P384>();

}  // namespace latchkey::keys::curves
