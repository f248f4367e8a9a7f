#include "tls/register.h"

namespace latchkey::tls {

void Register(Napi::Env, Napi::Object) {}

}  // namespace latchkey::tls
