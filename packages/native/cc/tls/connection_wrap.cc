#include "tls/connection_wrap.h"

#include <algorithm>
#include <initializer_list>

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

Napi::Value TakeInto(const Napi::CallbackInfo& info, ByteQueue& queue) {
  const auto to = ToBytes(info[0]);
  if (!to.has_value()) return ThrowTypeError(info.Env(), "bytes are taken into a Uint8Array");
  return Napi::Number::New(info.Env(), static_cast<double>(queue.Take(const_cast<uint8_t*>(to->data), to->size)));
}

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

// Elements cost a fraction of what named properties do; src/tls-server-connection.ts gives them their names.
Napi::Array ToTuple(Napi::Env env, std::initializer_list<napi_value> elements) {
  Napi::Array tuple = Napi::Array::New(env, elements.size());
  uint32_t index = 0;
  for (napi_value element : elements) tuple.Set(index++, element);
  return tuple;
}

Napi::Array ToTuple(Napi::Env env, const Request& request) {
  const Napi::Value id = Napi::Number::New(env, request.id);
  const Napi::Value index = Napi::Number::New(env, static_cast<double>(request.certificate_index));
  switch (request.type) {
    case Request::Type::kClientHello: {
      const ClientHello& hello = request.client_hello;
      return ToTuple(env, {id, Napi::String::New(env, "client_hello"), ToLatin1(env, hello.server_name),
                           ToNames(env, hello.alpn_protocols), ToNumbers(env, hello.signature_schemes),
                           ToNumbers(env, hello.cipher_suites), ToNumbers(env, hello.supported_versions),
                           ToNumbers(env, hello.supported_groups), ToBuffer(env, ToView(hello.session_id)),
                           Napi::Boolean::New(env, hello.session_ticket)});
    }
    case Request::Type::kSign:
      return ToTuple(env, {id, Napi::String::New(env, "sign"), index, Napi::String::New(env, request.protocol),
                           Napi::String::New(env, request.scheme), ToBuffer(env, request.input)});
    case Request::Type::kDecrypt:
      return ToTuple(env, {id, Napi::String::New(env, "decrypt"), index, ToBuffer(env, request.input), Napi::Number::New(env, request.client_version)});
  }
  return Napi::Array::New(env);
}

}  // namespace

Napi::Function ConnectionWrap::DefineClass(Napi::Env env) {
  return ObjectWrap::DefineClass(env, "TlsServerConnection",
                                 {
                                     InstanceMethod<&ConnectionWrap::Receive>("receive"),
                                     InstanceMethod<&ConnectionWrap::ReceiveInto>("receiveInto"),
                                     InstanceMethod<&ConnectionWrap::ReceiveEnd>("receiveEnd"),
                                     InstanceMethod<&ConnectionWrap::TakeOutput>("takeOutput"),
                                     InstanceMethod<&ConnectionWrap::SendOutput>("sendOutput"),
                                     InstanceMethod<&ConnectionWrap::BytesSent>("bytesSent"),
                                     InstanceMethod<&ConnectionWrap::TakePlaintext>("takePlaintext"),
                                     InstanceMethod<&ConnectionWrap::TakeRequest>("takeRequest"),
                                     InstanceMethod<&ConnectionWrap::Finish>("finish"),
                                     InstanceMethod<&ConnectionWrap::Fail>("fail"),
                                     InstanceMethod<&ConnectionWrap::Write>("write"),
                                     InstanceMethod<&ConnectionWrap::TakeSession>("takeSession"),
                                     InstanceMethod<&ConnectionWrap::End>("end"),
                                     InstanceMethod<&ConnectionWrap::Abort>("abort"),
                                     InstanceMethod<&ConnectionWrap::ServerName>("serverName"),
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
  const size_t size = info[1].As<Napi::Number>().Uint32Value();
  return ToFlags(info.Env(), connection_->Receive({bytes->data, std::min(size, bytes->size)}));
}

Napi::Value ConnectionWrap::ReceiveInto(const Napi::CallbackInfo& info) {
  const auto bytes = ToBytes(info[0]);
  const auto into = ToBytes(info[2]);
  if (!bytes.has_value() || !into.has_value())
    return ThrowTypeError(info.Env(), "receiveInto takes bytes from one Uint8Array into another");
  const size_t size = info[1].As<Napi::Number>().Uint32Value();
  // More than ever comes of one piece, and so little that its length and the flags share a number.
  constexpr size_t kLongest = 1 << 24;
  size_t length = 0;
  const uint32_t flags =
      connection_->ReceiveInto({bytes->data, std::min(size, bytes->size)},
                               {const_cast<uint8_t*>(into->data), std::min(into->size, kLongest)}, &length);
  return ToFlags(info.Env(), flags | static_cast<uint32_t>(length) << kFlagBits);
}

Napi::Value ConnectionWrap::ReceiveEnd(const Napi::CallbackInfo& info) {
  return ToFlags(info.Env(), connection_->ReceiveEnd());
}

Napi::Value ConnectionWrap::TakeOutput(const Napi::CallbackInfo& info) {
  return TakeInto(info, connection_->output());
}

Napi::Value ConnectionWrap::SendOutput(const Napi::CallbackInfo& info) {
  return ToFlags(info.Env(), connection_->SendOutput(info[0].As<Napi::Number>().Int32Value()));
}

Napi::Value ConnectionWrap::BytesSent(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(connection_->bytes_sent()));
}

Napi::Value ConnectionWrap::TakePlaintext(const Napi::CallbackInfo& info) {
  return TakeInto(info, connection_->plaintext());
}

Napi::Value ConnectionWrap::TakeRequest(const Napi::CallbackInfo& info) {
  const Request* request = connection_->TakeRequest();
  return request == nullptr ? info.Env().Undefined() : ToTuple(info.Env(), *request);
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

Napi::Value ConnectionWrap::ServerName(const Napi::CallbackInfo& info) {
  return ToLatin1(info.Env(), connection_->ServerName());
}

Napi::Value ConnectionWrap::Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ConnectionInfo negotiated = connection_->Info();
  return ToTuple(env, {ToText(env, negotiated.protocol), ToText(env, negotiated.cipher),
                       ToText(env, negotiated.group), ToText(env, negotiated.signature_scheme),
                       Napi::Boolean::New(env, negotiated.delegated), Napi::Boolean::New(env, negotiated.resumed), ToLatin1(env, negotiated.alpn_protocol),
                       ToLatin1(env, negotiated.server_name),
                       Napi::Boolean::New(env, connection_->established())});
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
