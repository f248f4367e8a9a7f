#ifndef LATCHKEY_KEYS_CURVES_CURVE_ARITHMETIC_H_
#define LATCHKEY_KEYS_CURVES_CURVE_ARITHMETIC_H_

#include <cstddef>
#include <string>

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

// Whether this process signs with arithmetic of its own with the keys of a curve. Found out when it is first asked, in
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
  // Null unless it is in use.
  const Engine* engine() const { return engine_; }
  const Costs& costs() const { return costs_; }

  // How many operations have to come together to take less time than with OpenSSL. Only if it is in use.
  size_t BreakEven() const;
  // In microseconds, at most; for many operations it is less. Infinite unless it is in use.
  double Estimate(size_t count) const;

 private:
  // Chooses for one of the two curves.
  template <typename Curve>
  static CurveArithmetic Choose(multi_buffer::Algorithm algorithm);

  State state_ = State::kOff;
  std::string reason_;
  const Engine* engine_ = nullptr;
  Costs costs_{};
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_CURVE_ARITHMETIC_H_
