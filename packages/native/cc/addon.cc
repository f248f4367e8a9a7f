#include <napi.h>

#include "keys/register.h"
#include "tls/register.h"

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  latchkey::keys::Register(env, exports);
  latchkey::tls::Register(env, exports);
  // Lets the sanitizer run make sure that it tests what it built.
  exports.Set("sanitized", Napi::Boolean::New(env, kSanitized));
  return exports;
}

}  // namespace

NODE_API_MODULE(latchkey, Initialise)
