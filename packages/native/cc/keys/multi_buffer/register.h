#ifndef LATCHKEY_KEYS_MULTI_BUFFER_REGISTER_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_REGISTER_H_

#include <napi.h>

namespace latchkey::keys::multi_buffer {

// Adds what this module offers to the addon's exports. Called once in each thread that loads the addon.
void Register(Napi::Env env, Napi::Object exports);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_REGISTER_H_
