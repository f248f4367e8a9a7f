#include "tls/context_wrap.h"

#include "tls/credential_key_wrap.h"
#include "tls/values.h"

namespace latchkey::tls {

namespace {

// Tells our objects from others that JavaScript might pass.
constexpr napi_type_tag kTypeTag = {0x6c617463686b6579, 0x746c73636f6e7465};

ByteView BytesOf(Napi::Object settings, const char* name) {
  return ToBytes(settings.Get(name)).value_or(ByteView());
}

std::string TextOf(Napi::Object settings, const char* name) { return settings.Get(name).ToString(); }

std::optional<std::string> OptionalTextOf(Napi::Object settings, const char* name) {
  return settings.Get(name).IsString() ? std::optional(TextOf(settings, name)) : std::nullopt;
}

int64_t IntegerOf(Napi::Object settings, const char* name) { return settings.Get(name).ToNumber().Int64Value(); }

// src/tls-context.ts has checked everything.
ContextSettings ToSettings(Napi::Object from) {
  ContextSettings settings;
  const auto chains = from.Get("certificateChains").As<Napi::Array>();
  for (uint32_t i = 0; i < chains.Length(); ++i)
    settings.certificate_chains.push_back(ToBytes(chains.Get(i)).value_or(ByteView()));
  settings.minimum_version = static_cast<int>(IntegerOf(from, "minimumVersion"));
  settings.maximum_version = static_cast<int>(IntegerOf(from, "maximumVersion"));
  settings.ciphers = TextOf(from, "ciphers");
  settings.cipher_suites = OptionalTextOf(from, "cipherSuites");
  settings.groups = OptionalTextOf(from, "groups");
  settings.honor_cipher_order = from.Get("honorCipherOrder").ToBoolean();
  const ByteView protocols = BytesOf(from, "alpnProtocols");
  settings.alpn_protocols.assign(protocols.data, protocols.data + protocols.size);
  settings.ticket_count = static_cast<size_t>(IntegerOf(from, "ticketCount"));
  settings.session_timeout_seconds = static_cast<long>(IntegerOf(from, "sessionTimeoutSeconds"));
  settings.session_id_context = BytesOf(from, "sessionIdContext");
  settings.session_cache_size = static_cast<long>(IntegerOf(from, "sessionCacheSize"));
  settings.ticket_keys = BytesOf(from, "ticketKeys");
  settings.export_sessions = from.Get("exportSessions").ToBoolean();
  return settings;
}

Napi::Object ToObject(Napi::Env env, const PublicKeyDescription& key) {
  Napi::Object description = Napi::Object::New(env);
  description.Set("type", key.type);
  description.Set("curve", ToText(env, key.curve));
  description.Set("bits", key.bits);
  description.Set("subjectPublicKeyInfo",
                  ToBuffer(env, {key.subject_public_key_info.data(), key.subject_public_key_info.size()}));
  description.Set("ski", ToBuffer(env, {key.ski.data(), key.ski.size()}));
  description.Set("allowsDelegation", key.allows_delegation);
  return description;
}

}  // namespace

Napi::Function ContextWrap::DefineClass(Napi::Env env) {
  return ObjectWrap::DefineClass(env, "TlsContext",
                                 {
                                     InstanceMethod<&ContextWrap::PublicKeys>("publicKeys"),
                                     InstanceMethod<&ContextWrap::SetOcspResponse>("setOcspResponse"),
                                     InstanceMethod<&ContextWrap::SetCredential>("setCredential"),
                                     InstanceMethod<&ContextWrap::SetTicketKeys>("setTicketKeys"),
                                 });
}

std::shared_ptr<Context> ContextWrap::FromValue(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTypeTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>())->context_;
}

ContextWrap::ContextWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const Napi::Env env = info.Env();
  Context::Result result = Context::Make(ToSettings(info[0].As<Napi::Object>()));
  if (const auto* failure = std::get_if<ContextFailure>(&result)) {
    Napi::Error error = Napi::Error::New(env, failure->reason);
    error.Set("code", failure->code);
    error.ThrowAsJavaScriptException();
    return;
  }
  context_ = std::get<std::shared_ptr<Context>>(std::move(result));
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

Napi::Value ContextWrap::PublicKeys(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array keys = Napi::Array::New(env);
  for (const SiteCertificate& each : context_->certificates()) keys.Set(keys.Length(), ToObject(env, each.public_key));
  return keys;
}

Napi::Value ContextWrap::SetOcspResponse(const Napi::CallbackInfo& info) {
  context_->SetOcspResponse(info[0].As<Napi::Number>().Uint32Value(), ToBytes(info[1]).value_or(ByteView()));
  return info.Env().Undefined();
}

// src/tls-context.ts has checked everything but the key.
Napi::Value ContextWrap::SetCredential(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::shared_ptr<const DelegatedCredential> credential;
  if (!info[1].IsUndefined()) {
    auto made = std::make_shared<DelegatedCredential>();
    made->key = CredentialKeyWrap::FromValue(info[1]);
    if (made->key == nullptr) {
      Napi::TypeError::New(env, "that is no key for a delegated credential").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const ByteView content = ToBytes(info[2]).value_or(ByteView());
    made->content.assign(content.data, content.data + content.size);
    made->algorithm = static_cast<uint16_t>(info[3].ToNumber().Uint32Value());
    made->end = static_cast<time_t>(info[4].ToNumber().Int64Value());
    credential = std::move(made);
  }
  context_->SetCredential(info[0].As<Napi::Number>().Uint32Value(), std::move(credential));
  return env.Undefined();
}

Napi::Value ContextWrap::SetTicketKeys(const Napi::CallbackInfo& info) {
  context_->SetTicketKeys(TicketKeys(ToBytes(info[0]).value_or(ByteView())));
  return info.Env().Undefined();
}

}  // namespace latchkey::tls
