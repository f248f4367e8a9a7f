#include "tls/connection_wrap.h"

#include "tls/context_wrap.h"
#include "tls/values.h"

namespace latchkey::tls {

namespace {

Napi::Value ToFlags(Napi::Env env, uint32_t flags) { return Napi::Number::New(env, flags); }

Napi::Value ThrowTypeError(Napi::Env env, const char* message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

ByteView ToView(const std::vector<unsigned char>& bytes) { return {bytes.data(), bytes.size()}; }

Napi::Array ToNumbers(Napi::Env env, const std::vector<uint16_t>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); ++i) array.Set(i, values[i]);
  return array;
}

Napi::Array ToNames(Napi::Env env, const std::vector<std::string>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); ++i) array.Set(i, ToLatin1(env, values[i]));
  return array;
}

Napi::Object ToObject(Napi::Env env, const Request& request) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", request.id);
  switch (request.type) {
    case Request::Type::kClientHello:
      object.Set("type", "client_hello");
      object.Set("serverName", ToLatin1(env, request.client_hello.server_name));
      object.Set("alpnProtocols", ToNames(env, request.client_hello.alpn_protocols));
      object.Set("signatureSchemes", ToNumbers(env, request.client_hello.signature_schemes));
      object.Set("cipherSuites", ToNumbers(env, request.client_hello.cipher_suites));
      object.Set("supportedVersions", ToNumbers(env, request.client_hello.supported_versions));
      object.Set("supportedGroups", ToNumbers(env, request.client_hello.supported_groups));
      object.Set("sessionId", ToBuffer(env, ToView(request.client_hello.session_id)));
      object.Set("sessionTicket", request.client_hello.session_ticket);
      break;
    case Request::Type::kSign:
      object.Set("type", "sign");
      object.Set("ski", ToBuffer(env, ToView(request.public_key->ski)));
      object.Set("scheme", request.scheme);
      object.Set("message", ToBuffer(env, request.input));
      break;
    case Request::Type::kDecrypt:
      object.Set("type", "decrypt");
      object.Set("ski", ToBuffer(env, ToView(request.public_key->ski)));
      object.Set("ciphertext", ToBuffer(env, request.input));
      object.Set("clientVersion", request.client_version);
      break;
  }
  return object;
}

}  // namespace

Napi::Function ConnectionWrap::DefineClass(Napi::Env env) {
  return ObjectWrap::DefineClass(env, "TlsServerConnection",
                                 {
                                     InstanceMethod<&ConnectionWrap::Receive>("receive"),
                                     InstanceMethod<&ConnectionWrap::ReceiveEnd>("receiveEnd"),
                                     InstanceMethod<&ConnectionWrap::TakeOutput>("takeOutput"),
                                     InstanceMethod<&ConnectionWrap::TakePlaintext>("takePlaintext"),
                                     InstanceMethod<&ConnectionWrap::TakeRequest>("takeRequest"),
                                     InstanceMethod<&ConnectionWrap::Finish>("finish"),
                                     InstanceMethod<&ConnectionWrap::Fail>("fail"),
                                     InstanceMethod<&ConnectionWrap::Write>("write"),
                                     InstanceMethod<&ConnectionWrap::TakeSession>("takeSession"),
                                     InstanceMethod<&ConnectionWrap::End>("end"),
                                     InstanceMethod<&ConnectionWrap::Abort>("abort"),
                                     InstanceMethod<&ConnectionWrap::Info>("info"),
                                     InstanceMethod<&ConnectionWrap::Error>("error"),
                                 });
}

ConnectionWrap::ConnectionWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  connection_.emplace(ContextWrap::FromValue(info[0]), info[1].As<Napi::Number>().Uint32Value());
}

Napi::Value ConnectionWrap::Receive(const Napi::CallbackInfo& info) {
  const auto bytes = ToBytes(info[0]);
  if (!bytes.has_value()) return ThrowTypeError(info.Env(), "receive takes a Uint8Array");
  return ToFlags(info.Env(), connection_->Receive(*bytes));
}

Napi::Value ConnectionWrap::ReceiveEnd(const Napi::CallbackInfo& info) {
  return ToFlags(info.Env(), connection_->ReceiveEnd());
}

Napi::Value ConnectionWrap::TakeOutput(const Napi::CallbackInfo& info) {
  const std::vector<unsigned char> output = connection_->TakeOutput();
  return output.empty() ? info.Env().Undefined() : ToBuffer(info.Env(), {output.data(), output.size()});
}

Napi::Value ConnectionWrap::TakePlaintext(const Napi::CallbackInfo& info) {
  const std::vector<unsigned char> plaintext = connection_->TakePlaintext();
  return plaintext.empty() ? info.Env().Undefined() : ToBuffer(info.Env(), {plaintext.data(), plaintext.size()});
}

Napi::Value ConnectionWrap::TakeRequest(const Napi::CallbackInfo& info) {
  const Request* request = connection_->TakeRequest();
  return request == nullptr ? info.Env().Undefined() : ToObject(info.Env(), *request);
}

Napi::Value ConnectionWrap::Finish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsAwaiting(info[0])) return ToFlags(env, 0);
  const Request::Type type = connection_->request()->type;
  if (info[1].IsNull())
    return ToFlags(env, type == Request::Type::kClientHello ? connection_->RefuseServerName()
                                                            : connection_->FailRequest());
  if (type == Request::Type::kClientHello) {
    std::shared_ptr<Context> context = ContextWrap::FromValue(info[1]);
    if (context == nullptr) return ThrowTypeError(env, "a client_hello request is answered with a TlsContext");
    return ToFlags(env, connection_->FinishWithContext(std::move(context), ToBytes(info[2]).value_or(ByteView())));
  }
  const auto answer = ToBytes(info[1]);
  if (!answer.has_value()) return ThrowTypeError(env, "a sign or decrypt request is answered with a Uint8Array");
  const uint32_t flags = connection_->FinishWithBytes(*answer);
  if (type == Request::Type::kDecrypt) OPENSSL_cleanse(const_cast<unsigned char*>(answer->data), answer->size);
  return ToFlags(env, flags);
}

Napi::Value ConnectionWrap::Fail(const Napi::CallbackInfo& info) {
  return ToFlags(info.Env(), IsAwaiting(info[0]) ? connection_->FailRequest() : 0);
}

Napi::Value ConnectionWrap::Write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto plaintext = ToBytes(info[0]);
  if (!plaintext.has_value()) return ThrowTypeError(env, "write takes a Uint8Array");
  // What src/tls-server-connection.ts turns into a TlsNotEstablishedError.
  if (connection_->handshaking()) return Napi::Number::New(env, -1);
  return ToFlags(env, connection_->Write(*plaintext));
}

Napi::Value ConnectionWrap::TakeSession(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto session = connection_->TakeSession();
  if (!session.has_value()) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", ToBuffer(env, ToView(session->id)));
  object.Set("content", ToBuffer(env, {session->content.data(), session->content.size()}));
  return object;
}

Napi::Value ConnectionWrap::End(const Napi::CallbackInfo& info) { return ToFlags(info.Env(), connection_->End()); }

Napi::Value ConnectionWrap::Abort(const Napi::CallbackInfo& info) {
  connection_->Abort();
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ConnectionInfo negotiated = connection_->Info();
  Napi::Object object = Napi::Object::New(env);
  object.Set("protocol", ToText(env, negotiated.protocol));
  object.Set("cipher", ToText(env, negotiated.cipher));
  object.Set("group", ToText(env, negotiated.group));
  object.Set("signatureScheme", ToText(env, negotiated.signature_scheme));
  object.Set("resumed", negotiated.resumed);
  object.Set("alpnProtocol", ToLatin1(env, negotiated.alpn_protocol));
  object.Set("serverName", ToLatin1(env, negotiated.server_name));
  object.Set("established", connection_->established());
  return object;
}

Napi::Value ConnectionWrap::Error(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Failure* failure = connection_->failure();
  if (failure == nullptr) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", failure->code);
  object.Set("alert", failure->alert.has_value() ? Napi::Number::New(env, *failure->alert) : env.Undefined());
  object.Set("reason", failure->reason);
  return object;
}

bool ConnectionWrap::IsAwaiting(Napi::Value id) const {
  const Request* request = connection_->request();
  return request != nullptr && id.IsNumber() && id.As<Napi::Number>().Uint32Value() == request->id;
}

}  // namespace latchkey::tls
