#ifndef LATCHKEY_KEYS_CURVES_DESCRIBE_H_
#define LATCHKEY_KEYS_CURVES_DESCRIBE_H_

#include <napi.h>

namespace latchkey::keys::curves {

// The `curves` of MultiBuffer in src/multi-buffer.ts.
Napi::Object Describe(Napi::Env env);

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_DESCRIBE_H_
