#ifndef LATCHKEY_TLS_CREDENTIAL_KEY_WRAP_H_
#define LATCHKEY_TLS_CREDENTIAL_KEY_WRAP_H_

#include <napi.h>

#include <memory>

#include "tls/delegated_credential.h"

namespace latchkey::tls {

// NativeTlsCredentialKey of src/tls-addon.ts.
class CredentialKeyWrap final : public Napi::ObjectWrap<CredentialKeyWrap> {
 public:
  static Napi::Function DefineClass(Napi::Env env);

  // Null for a value that is no such key.
  static std::shared_ptr<const CredentialKey> FromValue(Napi::Value value);

  explicit CredentialKeyWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value SubjectPublicKeyInfo(const Napi::CallbackInfo& info);
  Napi::Value SignatureScheme(const Napi::CallbackInfo& info);

  // Null where the constructor has thrown.
  std::shared_ptr<const CredentialKey> key_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CREDENTIAL_KEY_WRAP_H_
