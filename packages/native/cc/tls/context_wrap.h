#ifndef LATCHKEY_TLS_CONTEXT_WRAP_H_
#define LATCHKEY_TLS_CONTEXT_WRAP_H_

#include <napi.h>

#include <memory>

#include "tls/context.h"

namespace latchkey::tls {

// NativeTlsContext of src/tls-addon.ts.
class ContextWrap final : public Napi::ObjectWrap<ContextWrap> {
 public:
  static Napi::Function DefineClass(Napi::Env env);

  // Null for a value that is no context.
  static std::shared_ptr<Context> FromValue(Napi::Value value);

  explicit ContextWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value PublicKeys(const Napi::CallbackInfo& info);
  Napi::Value SetOcspResponse(const Napi::CallbackInfo& info);
  Napi::Value SetCredential(const Napi::CallbackInfo& info);
  Napi::Value SetTicketKeys(const Napi::CallbackInfo& info);

  // Null where the constructor has thrown.
  std::shared_ptr<Context> context_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CONTEXT_WRAP_H_
