#ifndef LATCHKEY_TLS_CONNECTION_WRAP_H_
#define LATCHKEY_TLS_CONNECTION_WRAP_H_

#include <napi.h>

#include <optional>

#include "tls/connection.h"

namespace latchkey::tls {

// NativeTlsServerConnection of src/tls-addon.ts. One that is forgotten, or still there when its thread ends, is aborted
// by the destructor.
class ConnectionWrap final : public Napi::ObjectWrap<ConnectionWrap> {
 public:
  static Napi::Function DefineClass(Napi::Env env);

  explicit ConnectionWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value Receive(const Napi::CallbackInfo& info);
  Napi::Value ReceiveInto(const Napi::CallbackInfo& info);
  Napi::Value ReceiveEnd(const Napi::CallbackInfo& info);
  Napi::Value TakeOutput(const Napi::CallbackInfo& info);
  Napi::Value SendOutput(const Napi::CallbackInfo& info);
  Napi::Value BytesSent(const Napi::CallbackInfo& info);
  Napi::Value TakePlaintext(const Napi::CallbackInfo& info);
  Napi::Value TakeRequest(const Napi::CallbackInfo& info);
  Napi::Value Finish(const Napi::CallbackInfo& info);
  Napi::Value Fail(const Napi::CallbackInfo& info);
  Napi::Value Write(const Napi::CallbackInfo& info);
  Napi::Value TakeSession(const Napi::CallbackInfo& info);
  Napi::Value End(const Napi::CallbackInfo& info);
  Napi::Value Abort(const Napi::CallbackInfo& info);
  Napi::Value ServerName(const Napi::CallbackInfo& info);
  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value Error(const Napi::CallbackInfo& info);

  bool IsAwaiting(Napi::Value id) const;

  std::optional<Connection> connection_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CONNECTION_WRAP_H_
