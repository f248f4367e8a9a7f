#include "tls/register.h"

#include "tls/connection_wrap.h"
#include "tls/context_wrap.h"
#include "tls/fiber.h"

namespace latchkey::tls {

namespace {

Napi::Value Statistics(const Napi::CallbackInfo& info) {
  const Fiber::Statistics fibers = Fiber::GetStatistics();
  Napi::Object statistics = Napi::Object::New(info.Env());
  statistics.Set("connections", static_cast<double>(Connection::live_count()));
  statistics.Set("fibersInUse", static_cast<double>(fibers.in_use));
  statistics.Set("fibersPooled", static_cast<double>(fibers.pooled));
  statistics.Set("stackHighWaterMark", static_cast<double>(fibers.stack_high_water_mark));
  return statistics;
}

}  // namespace

void Register(Napi::Env env, Napi::Object exports) {
  exports.Set("TlsContext", ContextWrap::DefineClass(env));
  exports.Set("TlsServerConnection", ConnectionWrap::DefineClass(env));
  exports.Set("tlsStatistics", Napi::Function::New(env, Statistics, "tlsStatistics"));
}

}  // namespace latchkey::tls
