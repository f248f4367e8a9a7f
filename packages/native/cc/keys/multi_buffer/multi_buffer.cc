#include "keys/multi_buffer/multi_buffer.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <variant>

#include "keys/multi_buffer/lanes.h"

namespace latchkey::keys::multi_buffer {

const MultiBuffer& MultiBuffer::OfProcess() {
  static NeverDestroyed<MultiBuffer> multi_buffer;
  return *multi_buffer;
}

MultiBuffer::MultiBuffer() {
  break_even_.fill(kNever);
  Choose();
}

void MultiBuffer::Choose() {
  const char* choice = std::getenv("LATCHKEY_CRYPTO_MB");
  if (choice != nullptr && *choice == '\0') choice = nullptr;
  if (choice != nullptr && strcmp(choice, "off") == 0) return Refuse(State::kOff, "LATCHKEY_CRYPTO_MB=off");
  if (!CpuHasInstructions()) return Refuse(State::kUnsupportedCpu, "the CPU has no AVX512-IFMA");
  OpenedLibrary opened = OpenLibrary(choice);
  if (!opened.library)
    return Refuse(opened.loaded ? State::kRefused : State::kAbsent, std::move(opened.reason));
  library_ = std::move(opened.library);
  if (library_->is_applicable(0) == 0) return Refuse(State::kUnsupportedCpu, "the library cannot use this CPU");

  for (size_t i = 0; i < kAlgorithmCount; ++i) {
    const SelfTest result = TestAlgorithm(*library_, static_cast<Algorithm>(i));
    if (!result.passed)
      return Refuse(State::kRefused, std::string("it failed its self-test of ") + kAlgorithmNames[i]);
    costs_[i] = result.costs;
  }
  for (size_t i = 0; i < kAlgorithmCount; ++i) {
    const auto break_even = static_cast<size_t>(std::ceil(costs_[i].lanes / costs_[i].openssl));
    if (break_even <= kLanes) break_even_[i] = break_even;
  }
}

void MultiBuffer::Refuse(State state, std::string reason) {
  state_ = state;
  reason_ = std::move(reason);
}

const Costs* MultiBuffer::costs(Algorithm algorithm) const {
  return state_ == State::kInUse ? &costs_[static_cast<size_t>(algorithm)] : nullptr;
}

void MultiBuffer::Perform(Algorithm algorithm, Operation* const* operations, size_t count) const {
  PerformInLanes(*library_, algorithm, operations, count);
  for (size_t i = 0; i < count; ++i) {
    if (operations[i]->status != Status::kOk) ++failures_;
  }
}

std::optional<Algorithm> AlgorithmOf(const Operation& operation) {
  const int bits = operation.key->bits();
  switch (FamilyOf(operation.scheme->primitive)) {
    case Family::kRsa:
      if (bits == 2048) return Algorithm::kRsa2048;
      if (bits == 3072) return Algorithm::kRsa3072;
      if (bits == 4096) return Algorithm::kRsa4096;
      return std::nullopt;
    case Family::kEcdsa:
      if (bits == 256) return Algorithm::kP256;
      if (bits == 384) return Algorithm::kP384;
      return Algorithm::kP521;
    case Family::kEd25519:
      return Algorithm::kEd25519;
  }
  return std::nullopt;
}

bool FitsLanes(const Operation& operation) {
  if (std::holds_alternative<std::monostate>(operation.key->numbers())) return false;
  return FamilyOf(operation.scheme->primitive) != Family::kRsa || FitsRsaLanes(operation);
}

}  // namespace latchkey::keys::multi_buffer
