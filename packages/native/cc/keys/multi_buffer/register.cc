#include "keys/multi_buffer/register.h"

#include "keys/curves/describe.h"
#include "keys/multi_buffer/multi_buffer.h"

namespace latchkey::keys::multi_buffer {

namespace {

const char* NameOf(MultiBuffer::State state) {
  switch (state) {
    case MultiBuffer::State::kOff:
      return "off";
    case MultiBuffer::State::kAbsent:
      return "absent";
    case MultiBuffer::State::kUnsupportedCpu:
      return "unsupported_cpu";
    case MultiBuffer::State::kRefused:
      return "refused";
    case MultiBuffer::State::kInUse:
      return "in_use";
  }
  return "";
}

Napi::Value DescribeLibrary(Napi::Env env, const Library* library) {
  if (library == nullptr) return env.Undefined();
  auto description = Napi::Object::New(env);
  description.Set("path", library->path);
  description.Set("version", library->version);
  return description;
}

Napi::Object DescribeAlgorithms(Napi::Env env, const MultiBuffer& multi_buffer) {
  auto algorithms = Napi::Object::New(env);
  for (size_t i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    const Costs* costs = multi_buffer.costs(algorithm);
    if (costs == nullptr) continue;
    const size_t break_even = multi_buffer.BreakEven(algorithm);
    auto description = Napi::Object::New(env);
    description.Set("breakEven", break_even == MultiBuffer::kNever
                                     ? env.Undefined()
                                     : Napi::Number::New(env, static_cast<double>(break_even)));
    description.Set("opensslMicroseconds", costs->openssl);
    description.Set("lanesMicroseconds", costs->lanes);
    algorithms.Set(kAlgorithmNames[i], description);
  }
  return algorithms;
}

// (): MultiBuffer of src/multi-buffer.ts
Napi::Value Describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const MultiBuffer& multi_buffer = MultiBuffer::OfProcess();
  auto description = Napi::Object::New(env);
  description.Set("state", NameOf(multi_buffer.state()));
  description.Set("reason", multi_buffer.reason());
  description.Set("library", DescribeLibrary(env, multi_buffer.library()));
  description.Set("algorithms", DescribeAlgorithms(env, multi_buffer));
  description.Set("curves", curves::Describe(env));
  description.Set("failures", static_cast<double>(multi_buffer.failures()));
  return description;
}

}  // namespace

void Register(Napi::Env env, Napi::Object exports) {
  exports.Set("multiBuffer", Napi::Function::New<Describe>(env, "multiBuffer"));
}

}  // namespace latchkey::keys::multi_buffer
