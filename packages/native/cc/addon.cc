#include <napi.h>

#include "keys/register.h"
#include "sockets/register.h"
#include "tls/register.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace {

#ifdef __SANITIZE_ADDRESS__
// (): void. For scripts/test-sanitize.mjs.
void ReportLeaks(const Napi::CallbackInfo&) { __lsan_do_recoverable_leak_check(); }
#endif

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  latchkey::keys::Register(env, exports);
  latchkey::sockets::Register(env, exports);
  latchkey::tls::Register(env, exports);
#ifdef __SANITIZE_ADDRESS__
  exports.Set("reportLeaks", Napi::Function::New<ReportLeaks>(env, "reportLeaks"));
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(latchkey, Initialise)
