#include "keys/register.h"

namespace latchkey::keys {

void Register(Napi::Env, Napi::Object) {}

}  // namespace latchkey::keys
