#include "tls/register.h"

#include "tls/connection_wrap.h"
#include "tls/context_wrap.h"
#include "tls/credential_key_wrap.h"
#include "tls/fiber.h"
#include "tls/ocsp.h"
#include "tls/values.h"

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

// Undefined for a chain that does not hold the certificate's issuer.
Napi::Value MakeQuestion(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto question = MakeOcspQuestion(ToBytes(info[0]).value_or(ByteView()));
  if (!question.has_value()) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("url", ToLatin1(env, question->url));
  object.Set("request", ToBuffer(env, {question->request.data(), question->request.size()}));
  return object;
}

// A text where the response may not be stapled.
Napi::Value CheckResponse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto result =
      CheckOcspResponse(ToBytes(info[0]).value_or(ByteView()), ToBytes(info[1]).value_or(ByteView()));
  if (const auto* problem = std::get_if<std::string>(&result)) return Napi::String::New(env, *problem);
  const auto& validity = std::get<OcspValidity>(result);
  Napi::Object object = Napi::Object::New(env);
  object.Set("thisUpdate", static_cast<double>(validity.this_update));
  if (validity.next_update.has_value()) object.Set("nextUpdate", static_cast<double>(*validity.next_update));
  return object;
}

}  // namespace

void Register(Napi::Env env, Napi::Object exports) {
  exports.Set("TlsContext", ContextWrap::DefineClass(env));
  exports.Set("TlsCredentialKey", CredentialKeyWrap::DefineClass(env));
  exports.Set("TlsServerConnection", ConnectionWrap::DefineClass(env));
  exports.Set("tlsStatistics", Napi::Function::New(env, Statistics, "tlsStatistics"));
  exports.Set("makeOcspQuestion", Napi::Function::New(env, MakeQuestion, "makeOcspQuestion"));
  exports.Set("checkOcspResponse", Napi::Function::New(env, CheckResponse, "checkOcspResponse"));
}

}  // namespace latchkey::tls
