#include "keys/curves/ecdsa.h"
#include "keys/curves/ed25519.h"
#include "keys/curves/engines.h"
#include "keys/curves/word_unit.h"
#include "support/never_destroyed.h"

namespace latchkey::keys::curves {

namespace {

template <typename Curve>
void SignOneByOne(EcdsaSigning* signings, size_t count, void* room) {
  static NeverDestroyed<Table<Curve, WordUnit>> table;
  Ecdsa<Curve, WordUnit>::Sign(*table, signings, count, room);
}

void SignEd25519OneByOne(Ed25519Signing* signings, size_t count, void* room) {
  static NeverDestroyed<Table<Edwards25519, WordUnit>> table;
  Ed25519<WordUnit>::Sign(*table, signings, count, room);
}

template <typename Curve>
constexpr EcdsaEngine kEngine = {Ecdsa<Curve, WordUnit>::Sizes(), SignOneByOne<Curve>};
template <>
constexpr Ed25519Engine kEngine<Edwards25519> = {Ed25519<WordUnit>::Sizes(), Ed25519<WordUnit>::HashNonces,
                                                 SignEd25519OneByOne};

}  // namespace

template <typename Curve>
const EngineOf<Curve>& WordEngine() {
  return kEngine<Curve>;
}

template const EcdsaEngine& WordEngine<P256>();
template const EcdsaEngine& WordEngine<P384>();
template const Ed25519Engine& WordEngine<Edwards25519>();

}  // namespace latchkey::keys::curves
