#include "tls/credential_key_wrap.h"

#include <openssl/err.h>

#include "tls/values.h"

namespace latchkey::tls {

namespace {

// Tells our objects from others that JavaScript might pass.
constexpr napi_type_tag kTypeTag = {0x6c617463686b6579, 0x63726564656e7469};

}  // namespace

Napi::Function CredentialKeyWrap::DefineClass(Napi::Env env) {
  return ObjectWrap::DefineClass(
      env, "TlsCredentialKey",
      {
          InstanceMethod<&CredentialKeyWrap::SubjectPublicKeyInfo>("subjectPublicKeyInfo"),
          InstanceMethod<&CredentialKeyWrap::SignatureScheme>("signatureScheme"),
      });
}

std::shared_ptr<const CredentialKey> CredentialKeyWrap::FromValue(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTypeTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>())->key_;
}

CredentialKeyWrap::CredentialKeyWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  ERR_clear_error();
  key_ = CredentialKey::Generate(info[0].ToString().Utf8Value());
  ERR_clear_error();
  if (key_ == nullptr) {
    Napi::Error::New(info.Env(), "no key for a delegated credential could be made").ThrowAsJavaScriptException();
    return;
  }
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

Napi::Value CredentialKeyWrap::SubjectPublicKeyInfo(const Napi::CallbackInfo& info) {
  const std::vector<unsigned char>& der = key_->subject_public_key_info();
  return ToBuffer(info.Env(), {der.data(), der.size()});
}

Napi::Value CredentialKeyWrap::SignatureScheme(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), key_->signature_scheme());
}

}  // namespace latchkey::tls
