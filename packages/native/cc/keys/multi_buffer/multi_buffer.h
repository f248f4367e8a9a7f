#ifndef LATCHKEY_KEYS_MULTI_BUFFER_MULTI_BUFFER_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_MULTI_BUFFER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "keys/multi_buffer/algorithm.h"
#include "keys/multi_buffer/library.h"
#include "keys/multi_buffer/self_test.h"
#include "keys/operation.h"
#include "support/never_destroyed.h"

namespace latchkey::keys::multi_buffer {

// Whether this process uses crypto_mb, and for what. Found out when it is first asked, in a few tenths of a second;
// others who ask meanwhile wait. The environment variable LATCHKEY_CRYPTO_MB, read then, may name the library's file
// or be `off`.
class MultiBuffer {
 public:
  // MultiBufferState in src/multi-buffer.ts.
  enum class State { kOff, kAbsent, kUnsupportedCpu, kRefused, kInUse };
  // More operations than there ever are.
  static constexpr size_t kNever = std::numeric_limits<size_t>::max();

  static const MultiBuffer& OfProcess();

  State state() const { return state_; }
  // Why it is not in use; empty if it is.
  const std::string& reason() const { return reason_; }
  // Null if no library has been loaded.
  const Library* library() const { return library_.get(); }
  // Null unless it is in use.
  const Costs* costs(Algorithm algorithm) const;

  // How many operations have to come together to take less time in lanes than with OpenSSL; kNever if they never do.
  size_t BreakEven(Algorithm algorithm) const { return break_even_[static_cast<size_t>(algorithm)]; }

  // Performs 1 to kLanes operations that fit the lanes; those that fail there are left as they are. Only if it is in
  // use.
  void Perform(Algorithm algorithm, Operation* const* operations, size_t count) const;

  // Operations that had to be done again with OpenSSL: a lane failed, or its result was found to be wrong.
  size_t failures() const { return failures_; }

 private:
  MultiBuffer();
  void Choose();
  void Refuse(State state, std::string reason);

  State state_ = State::kInUse;
  std::string reason_;
  std::unique_ptr<const Library> library_;
  std::array<Costs, kAlgorithmCount> costs_{};
  std::array<size_t, kAlgorithmCount> break_even_;
  mutable std::atomic<size_t> failures_{0};

  template <typename>
  friend class ::latchkey::NeverDestroyed;
};

// Nothing if no key of this type and size fits.
std::optional<Algorithm> AlgorithmOf(const Operation& operation);

// Whether an operation whose key is of one of the algorithms' types and sizes can be performed in a lane.
bool FitsLanes(const Operation& operation);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_MULTI_BUFFER_H_
