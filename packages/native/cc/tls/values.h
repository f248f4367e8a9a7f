#ifndef LATCHKEY_TLS_VALUES_H_
#define LATCHKEY_TLS_VALUES_H_

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "support/bytes.h"

// Between JavaScript's values and ours.

namespace latchkey::tls {

// Nothing for a value that is no Uint8Array.
inline std::optional<ByteView> ToBytes(Napi::Value value) {
  napi_typedarray_type type = napi_int8_array;
  size_t size = 0;
  void* data = nullptr;
  // One call, where node-addon-api would make five: every byte of a visitor's comes by here.
  const napi_status status =
      napi_get_typedarray_info(value.Env(), value, &type, &size, &data, nullptr, nullptr);
  if (status != napi_ok || type != napi_uint8_array) return std::nullopt;
  return ByteView{static_cast<const uint8_t*>(data), size};
}

inline Napi::Value ToBuffer(Napi::Env env, ByteView bytes) {
  return Napi::Buffer<unsigned char>::Copy(env, bytes.data, bytes.size);
}

// Undefined for null.
inline Napi::Value ToText(Napi::Env env, const char* text) {
  return text == nullptr ? env.Undefined() : Napi::String::New(env, text);
}

// One char per byte, so that nothing is lost of what is no UTF-8. Undefined for nothing.
inline Napi::Value ToLatin1(Napi::Env env, const std::optional<std::string>& text) {
  if (!text.has_value()) return env.Undefined();
  napi_value value = nullptr;
  napi_create_string_latin1(env, text->data(), text->size(), &value);
  return {env, value};
}

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_VALUES_H_
