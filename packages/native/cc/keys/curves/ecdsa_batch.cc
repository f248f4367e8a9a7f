#include "keys/curves/ecdsa_batch.h"

#include <algorithm>
#include <variant>

#include "keys/curves/room.h"
#include "keys/digest.h"
#include "keys/ecdsa_encoding.h"
#include "keys/nonces.h"
#include "support/wipe_stack.h"

namespace latchkey::keys::curves {

namespace {

// The more share an inversion, the less it costs each; beyond this the rest is all that counts.
constexpr size_t kMostAtOnce = 128;
// The compiler (-fstack-usage) says that the engines use up to 12 kB.
constexpr size_t kEngineStack = 16 * 1024;

const multi_buffer::EcdsaNumbers& NumbersFor(const Operation& operation) {
  return std::get<multi_buffer::EcdsaNumbers>(operation.key->numbers());
}

void Answer(const EcdsaSigning& signing, size_t length, Operation& operation) {
  uint8_t r[kMaximumWords * sizeof(uint64_t)];
  uint8_t s[kMaximumWords * sizeof(uint64_t)];
  NumberToBytes(signing.r.data(), length, r);
  NumberToBytes(signing.s.data(), length, s);
  operation.answer_length = EncodeSignature(r, s, length, operation.answer);
  operation.status = Status::kOk;
}

void PerformAtOnce(const EcdsaEngine& engine, Operation* const* operations, size_t count) {
  const std::vector<uint64_t>& order = NumbersFor(*operations[0]).order;
  const size_t words = order.size();
  SecretArray<EcdsaSigning> signings(count);
  // Digest and key of each.
  SecretWords hedge(2 * count * words);
  std::vector<bool> hashed(count);
  for (size_t i = 0; i < count; ++i) {
    uint8_t room[EVP_MAX_MD_SIZE];
    const ByteView digest = DigestToSign(*operations[i], room);
    hashed[i] = digest.size > 0;
    EcdsaSigning& signing = signings.data()[i];
    DigestToNumber(digest, order, signing.digest.data());
    std::copy_n(NumbersFor(*operations[i]).d.data(), words, signing.private_key.data());
    uint64_t* both = hedge.data() + 2 * i * words;
    std::copy_n(signing.digest.data(), words, both);
    std::copy_n(signing.private_key.data(), words, both + words);
  }
  SecretWords nonces(count * words);
  if (!DrawNonces(hedge, order, nonces.data(), count)) return;
  for (size_t i = 0; i < count; ++i) std::copy_n(nonces.data() + i * words, words, signings.data()[i].nonce.data());

  Room room(engine.sizes, count);
  engine.sign(signings.data(), count, room.get());
  WipeStackBelow<kEngineStack>();

  for (size_t i = 0; i < count; ++i) {
    const EcdsaSigning& signing = signings.data()[i];
    if (hashed[i] && signing.succeeded) Answer(signing, LengthOfNumbers(order), *operations[i]);
  }
}

}  // namespace

void PerformEcdsa(const EcdsaEngine& engine, Operation* const* operations, size_t count) {
  for (size_t start = 0; start < count; start += kMostAtOnce)
    PerformAtOnce(engine, operations + start, std::min(kMostAtOnce, count - start));
}

}  // namespace latchkey::keys::curves
