#include "keys/curves/ed25519_batch.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <variant>
#include <vector>

#include "keys/curves/room.h"
#include "support/wipe_stack.h"

namespace latchkey::keys::curves {

namespace {

// The more share an inversion, the less it costs each; beyond this the rest is all that counts. With the lane that the
// engine takes for itself, the lanes are full; and what a server reads of two busy connections in a turn, 128 requests,
// is one call.
constexpr size_t kMostAtOnce = 135;
// In bytes. What a TLS server signs is shorter (RFC 8446, section 4.4.3; RFC 5246, section 7.4.3); and the lanes of a
// vector wait for the longest message among them.
constexpr size_t kLongestMessage = 1024;
// What the engine's functions reserve in its machine code comes to about 12 kB.
constexpr size_t kEngineStack = 16 * 1024;

Ed25519Signing SigningFor(const Operation& operation) {
  const auto& numbers = std::get<multi_buffer::Ed25519Numbers>(operation.key->numbers());
  Ed25519Signing signing{};
  std::copy_n(numbers.scalar(), signing.scalar.size(), signing.scalar.data());
  std::copy_n(numbers.prefix(), signing.prefix.size(), signing.prefix.data());
  memcpy(signing.public_key.data(), numbers.public_key.data(), numbers.public_key.size());
  signing.message = operation.payload;
  return signing;
}

// RFC 8032, section 5.1.6, step 6.
void Answer(const Ed25519Signing& signing, Operation& operation) {
  memcpy(operation.answer, signing.r.data(), sizeof(signing.r));
  memcpy(operation.answer + sizeof(signing.r), signing.s.data(), sizeof(signing.s));
  operation.answer_length = sizeof(signing.r) + sizeof(signing.s);
  operation.status = Status::kOk;
}

void PerformAtOnce(const Ed25519Engine& engine, Operation* const* operations, size_t count) {
  SecretArray<Ed25519Signing> signings(count);
  for (size_t i = 0; i < count; ++i) signings.data()[i] = SigningFor(*operations[i]);

  Room room(engine.sizes, count);
  engine.hash_nonces(signings.data(), count);
  engine.sign(signings.data(), count, room.get());
  WipeStackBelow<kEngineStack>();

  for (size_t i = 0; i < count; ++i) {
    if (signings.data()[i].succeeded) Answer(signings.data()[i], *operations[i]);
  }
}

}  // namespace

void PerformEd25519(const Ed25519Engine& engine, Operation* const* operations, size_t count) {
  std::vector<Operation*> short_ones;
  short_ones.reserve(count);
  std::copy_if(operations, operations + count, std::back_inserter(short_ones),
               [](const Operation* operation) { return operation->payload.size <= kLongestMessage; });
  // In even shares: a call for few takes nearly as long as one for as many as there are lanes.
  const size_t calls = (short_ones.size() + kMostAtOnce - 1) / kMostAtOnce;
  for (size_t call = 0, start = 0; call < calls; ++call) {
    const size_t end = short_ones.size() * (call + 1) / calls;
    PerformAtOnce(engine, short_ones.data() + start, end - start);
    start = end;
  }
}

}  // namespace latchkey::keys::curves
