#include "keys/curves/curve_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "keys/curves/curve.h"
#include "keys/curves/ecdsa_batch.h"
#include "keys/curves/engines.h"
#include "keys/curves/self_test.h"
#include "keys/multi_buffer/test_keys.h"
#include "keys/multi_buffer/trial.h"
#include "keys/openssl_executor.h"
#include "support/error_scope.h"
#include "support/never_destroyed.h"

namespace latchkey::keys::curves {

namespace {

using multi_buffer::Algorithm;
using multi_buffer::IsRight;
using multi_buffer::MicrosecondsOf;
using multi_buffer::Trial;
using State = CurveArithmetic::State;

struct Choice {
  State state;
  const Engine* engine = nullptr;
};

// The fastest of as many runs: others may use the machine too.
constexpr int kRuns = 3;

// Nothing if the engine and OpenSSL do not both perform operations whose signatures OpenSSL accepts.
std::optional<Costs> Measure(const Engine& engine, Algorithm algorithm);

// OpenSSL has P-256 in assembler, and is as fast.
template <typename Curve>
Choice ChooseEngine(bool portable) {
  const Engine* lanes = portable ? nullptr : LaneEngine<Curve>();
  if (lanes != nullptr) return {State::kAvx512Ifma, lanes};
  if constexpr (std::is_same_v<Curve, P384>) return {State::kPortable, &WordEngine<Curve>()};
  return {State::kUnsupportedCpu};
}

}  // namespace

const CurveArithmetic* CurveArithmetic::OfProcess(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kP256: {
      static NeverDestroyed<CurveArithmetic> p256(Choose<P256>(algorithm));
      return &*p256;
    }
    case Algorithm::kP384: {
      static NeverDestroyed<CurveArithmetic> p384(Choose<P384>(algorithm));
      return &*p384;
    }
    default:
      return nullptr;
  }
}

template <typename Curve>
CurveArithmetic CurveArithmetic::Choose(Algorithm algorithm) {
  const char* variable = std::getenv("LATCHKEY_CURVES");
  const std::string_view wanted = variable == nullptr ? "" : variable;
  CurveArithmetic arithmetic;
  if (!wanted.empty() && wanted != "portable") {
    arithmetic.reason_ = "LATCHKEY_CURVES=";
    arithmetic.reason_ += wanted;
    return arithmetic;
  }
  const Choice choice = ChooseEngine<Curve>(wanted == "portable");
  arithmetic.state_ = choice.state;
  if (choice.engine == nullptr) {
    arithmetic.reason_ = wanted.empty() ? "the CPU has no AVX512-IFMA" : "LATCHKEY_CURVES=portable";
    return arithmetic;
  }
  const std::optional<Costs> costs =
      PassesSelfTest<Curve>(*choice.engine) ? Measure(*choice.engine, algorithm) : std::nullopt;
  if (!costs) {
    arithmetic.state_ = State::kRefused;
    arithmetic.reason_ = "it failed its self-test";
    return arithmetic;
  }
  arithmetic.engine_ = choice.engine;
  arithmetic.costs_ = *costs;
  return arithmetic;
}

size_t CurveArithmetic::BreakEven() const { return static_cast<size_t>(std::ceil(costs_.call / costs_.openssl)); }

double CurveArithmetic::Estimate(size_t count) const {
  if (engine_ == nullptr) return std::numeric_limits<double>::infinity();
  const size_t calls = (count + engine_->sizes.lanes - 1) / engine_->sizes.lanes;
  return static_cast<double>(calls) * costs_.call;
}

namespace {

std::optional<Costs> Measure(const Engine& engine, Algorithm algorithm) {
  const ErrorScope errors;
  const std::shared_ptr<const Key> key = multi_buffer::MakeTestKey(algorithm);
  if (!key) return std::nullopt;
  Trial ours(key, engine.sizes.lanes);
  Trial with_openssl(key, engine.sizes.lanes);
  if (!ours.ChooseInputs()) return std::nullopt;
  with_openssl.CopyInputs(ours);

  Costs costs = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  for (int run = 0; run < kRuns; ++run) {
    costs.call =
        std::min(costs.call, MicrosecondsOf([&] { PerformEcdsa(engine, ours.operations(), ours.count()); }));
    costs.openssl =
        std::min(costs.openssl, MicrosecondsOf([&] { PerformWithOpenssl(with_openssl.operations(), 1); }));
  }
  PerformWithOpenssl(with_openssl.operations(), with_openssl.count());
  for (size_t i = 0; i < ours.count(); ++i) {
    if (!IsRight(*ours.operations()[i], *with_openssl.operations()[i])) return std::nullopt;
  }
  return costs;
}

}  // namespace

}  // namespace latchkey::keys::curves
