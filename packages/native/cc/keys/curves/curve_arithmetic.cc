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
#include "keys/curves/ed25519_batch.h"
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

template <typename Curve>
struct Choice {
  State state;
  const EngineOf<Curve>* engine = nullptr;
};

// The fastest of as many runs: others may use the machine too.
constexpr int kRuns = 3;

// OpenSSL has P-256 and Ed25519 in assembler, and is as fast.
template <typename Curve>
Choice<Curve> ChooseEngine(bool portable) {
  const EngineOf<Curve>* lanes = portable ? nullptr : LaneEngine<Curve>();
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
    case Algorithm::kEd25519: {
      static NeverDestroyed<CurveArithmetic> ed25519(Choose<Edwards25519>(algorithm));
      return &*ed25519;
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
  const Choice<Curve> choice = ChooseEngine<Curve>(wanted == "portable");
  arithmetic.state_ = choice.state;
  if (choice.engine == nullptr) {
    arithmetic.reason_ = wanted.empty() ? "the CPU has no AVX512-IFMA" : "LATCHKEY_CURVES=portable";
    return arithmetic;
  }
  arithmetic.engine_ = choice.engine;
  const std::optional<Costs> costs =
      PassesSelfTest<Curve>(*choice.engine) ? arithmetic.Measure(algorithm) : std::nullopt;
  if (costs) {
    arithmetic.costs_ = *costs;
  } else {
    arithmetic.engine_ = std::monostate();
    arithmetic.state_ = State::kRefused;
    arithmetic.reason_ = "it failed its self-test";
  }
  return arithmetic;
}

size_t CurveArithmetic::lanes() const {
  const auto* ed25519 = std::get_if<const Ed25519Engine*>(&engine_);
  const EngineSizes& sizes =
      ed25519 != nullptr ? (*ed25519)->sizes : std::get<const EcdsaEngine*>(engine_)->sizes;
  return std::max<size_t>(1, sizes.lanes - sizes.lanes_beside);
}

void CurveArithmetic::Perform(Operation* const* operations, size_t count) const {
  if (const auto* ed25519 = std::get_if<const Ed25519Engine*>(&engine_)) {
    PerformEd25519(**ed25519, operations, count);
  } else {
    PerformEcdsa(*std::get<const EcdsaEngine*>(engine_), operations, count);
  }
}

size_t CurveArithmetic::BreakEven() const { return static_cast<size_t>(std::ceil(costs_.call / costs_.openssl)); }

double CurveArithmetic::Estimate(size_t count) const {
  const size_t calls = (count + lanes() - 1) / lanes();
  return static_cast<double>(calls) * costs_.call;
}

std::optional<Costs> CurveArithmetic::Measure(Algorithm algorithm) const {
  const ErrorScope errors;
  const std::shared_ptr<const Key> key = multi_buffer::MakeTestKey(algorithm);
  if (!key) return std::nullopt;
  Trial ours(key, lanes());
  Trial with_openssl(key, lanes());
  if (!ours.ChooseInputs()) return std::nullopt;
  with_openssl.CopyInputs(ours);

  Costs costs = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  for (int run = 0; run < kRuns; ++run) {
    costs.call = std::min(costs.call, MicrosecondsOf([&] { Perform(ours.operations(), ours.count()); }));
    costs.openssl =
        std::min(costs.openssl, MicrosecondsOf([&] { PerformWithOpenssl(with_openssl.operations(), 1); }));
  }
  PerformWithOpenssl(with_openssl.operations(), with_openssl.count());
  for (size_t i = 0; i < ours.count(); ++i) {
    if (!IsRight(*ours.operations()[i], *with_openssl.operations()[i])) return std::nullopt;
  }
  return costs;
}

}  // namespace latchkey::keys::curves
