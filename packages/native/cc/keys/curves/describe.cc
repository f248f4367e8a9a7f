#include "keys/curves/describe.h"

#include "keys/curves/curve_arithmetic.h"

namespace latchkey::keys::curves {

namespace {

using multi_buffer::Algorithm;

const char* NameOf(CurveArithmetic::State state) {
  switch (state) {
    case CurveArithmetic::State::kOff:
      return "off";
    case CurveArithmetic::State::kUnsupportedCpu:
      return "unsupported_cpu";
    case CurveArithmetic::State::kRefused:
      return "refused";
    case CurveArithmetic::State::kPortable:
      return "portable";
    case CurveArithmetic::State::kAvx512Ifma:
      return "avx512_ifma";
  }
  return "";
}

Napi::Value DescribeCosts(Napi::Env env, const CurveArithmetic& arithmetic) {
  if (!arithmetic.is_in_use()) return env.Undefined();
  auto description = Napi::Object::New(env);
  description.Set("breakEven", static_cast<double>(arithmetic.BreakEven()));
  description.Set("opensslMicroseconds", arithmetic.costs().openssl);
  description.Set("callMicroseconds", arithmetic.costs().call);
  description.Set("lanes", static_cast<double>(arithmetic.lanes()));
  return description;
}

}  // namespace

Napi::Object Describe(Napi::Env env) {
  auto curves = Napi::Object::New(env);
  for (const Algorithm algorithm : {Algorithm::kP256, Algorithm::kP384, Algorithm::kEd25519}) {
    const CurveArithmetic& arithmetic = *CurveArithmetic::OfProcess(algorithm);
    auto description = Napi::Object::New(env);
    description.Set("state", NameOf(arithmetic.state()));
    description.Set("reason", arithmetic.reason());
    description.Set("costs", DescribeCosts(env, arithmetic));
    curves.Set(multi_buffer::kAlgorithmNames[static_cast<size_t>(algorithm)], description);
  }
  return curves;
}

}  // namespace latchkey::keys::curves
