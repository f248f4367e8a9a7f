#ifndef LATCHKEY_SOCKETS_REGISTER_H_
#define LATCHKEY_SOCKETS_REGISTER_H_

#include <napi.h>

namespace latchkey::sockets {

// Adds what this module offers to the addon's exports. Called once in each thread that loads the addon.
void Register(Napi::Env env, Napi::Object exports);

}  // namespace latchkey::sockets

#endif  // LATCHKEY_SOCKETS_REGISTER_H_
