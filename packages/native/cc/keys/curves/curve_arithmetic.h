#ifndef LATCHKEY_KEYS_CURVES_CURVE_ARITHMETIC_H_
#define LATCHKEY_KEYS_CURVES_CURVE_ARITHMETIC_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "keys/curves/signing.h"
#include "keys/multi_buffer/algorithm.h"
#include "keys/operation.h"

namespace latchkey::keys::curves {

// What the self-test measured, in microseconds.
struct Costs {
  // Of one operation with OpenSSL.
  double openssl;
  // Of a call for one operation or as many as the engine has lanes.
  double call;
};

// Whether this process signs with arithmetic of its own with the keys of a curve, which it then performs. Found out when it is first asked, in
// about a tenth of a second; others who ask meanwhile wait. The environment variable LATCHKEY_CURVES, read then, may
// be `off`, or `portable` to do without AVX512-IFMA.
class CurveArithmetic {
 public:
  // CurveArithmeticState in src/multi-buffer.ts.
  enum class State { kOff, kUnsupportedCpu, kRefused, kPortable, kAvx512Ifma };

  // Null for algorithms that there is none for.
  static const CurveArithmetic* OfProcess(multi_buffer::Algorithm algorithm);

  State state() const { return state_; }
  // Why it is not in use; empty if it is.
  const std::string& reason() const { return reason_; }
  bool is_in_use() const { return !std::holds_alternative<std::monostate>(engine_); }
  const Costs& costs() const { return costs_; }

  // The rest only if it is in use.

  // As many operations cost about as much as one.
  size_t lanes() const;
  // Performs operations with keys of the curve and fills in answer and answer_length of each that succeeds and sets its
  // status to kOk. The others are left as they are, for OpenSSL.
  void Perform(Operation* const* operations, size_t count) const;
  // How many operations have to come together to take less time than with OpenSSL.
  size_t BreakEven() const;
  // In microseconds, at most; for many operations it is less.
  double Estimate(size_t count) const;

 private:
  template <typename Curve>
  static CurveArithmetic Choose(multi_buffer::Algorithm algorithm);

  // Nothing if it failed its self-test.
  std::optional<Costs> Measure(multi_buffer::Algorithm algorithm) const;

  State state_ = State::kOff;
  std::string reason_;
  std::variant<std::monostate, const EcdsaEngine*, const Ed25519Engine*> engine_;
  Costs costs_{};
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_CURVE_ARITHMETIC_H_
