#include <napi.h>

#include "keys/register.h"
#include "tls/register.h"

namespace {

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  latchkey::keys::Register(env, exports);
  latchkey::tls::Register(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(latchkey, Initialise)
