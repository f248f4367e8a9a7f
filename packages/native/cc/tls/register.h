#ifndef LATCHKEY_TLS_REGISTER_H_
#define LATCHKEY_TLS_REGISTER_H_

#include <napi.h>

namespace latchkey::tls {

// Adds what this module offers to the addon's exports. Called once in each thread that loads the addon.
void Register(Napi::Env env, Napi::Object exports);

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_REGISTER_H_
