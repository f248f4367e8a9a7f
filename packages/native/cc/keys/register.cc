#include "keys/register.h"

#include <optional>
#include <utility>

#include "keys/batch.h"
#include "keys/key_parser.h"
#include "keys/key_table.h"
#include "keys/multi_buffer/register.h"
#include "support/bytes.h"
#include "support/error_scope.h"

namespace latchkey::keys {

namespace {

Napi::Value ParseKeyForJs(const Napi::CallbackInfo& info);
Napi::Value DisposeKey(const Napi::CallbackInfo& info);
Napi::Value PerformBatch(const Napi::CallbackInfo& info);
Napi::Value CountKeys(const Napi::CallbackInfo& info);

}  // namespace

void Register(Napi::Env env, Napi::Object exports) {
  exports.Set("parseKey", Napi::Function::New<ParseKeyForJs>(env, "parseKey"));
  exports.Set("disposeKey", Napi::Function::New<DisposeKey>(env, "disposeKey"));
  exports.Set("performBatch", Napi::Function::New<PerformBatch>(env, "performBatch"));
  exports.Set("countKeys", Napi::Function::New<CountKeys>(env, "countKeys"));
  multi_buffer::Register(env, exports);
}

namespace {

ByteView View(const Napi::Value& value) {
  const auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.ByteLength()};
}

const char* NameOf(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return "rsa";
    case KeyType::kRsaPss:
      return "rsa_pss";
    case KeyType::kEcdsa:
      return "ecdsa";
    case KeyType::kEd25519:
      return "ed25519";
  }
  return "";
}

Napi::Value SubjectPublicKeyInfo(Napi::Env env, const Key& key) {
  const ErrorScope errors;
  const int length = i2d_PUBKEY(key.pkey(), nullptr);
  if (length <= 0) return env.Undefined();
  auto bytes = Napi::Uint8Array::New(env, static_cast<size_t>(length));
  unsigned char* end = bytes.Data();
  if (i2d_PUBKEY(key.pkey(), &end) != length) return env.Undefined();
  return bytes;
}

// (bytes: Uint8Array, passphrase: Uint8Array | undefined): KeyFacts | KeyParseReason
Napi::Value ParseKeyForJs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() || !(info[1].IsUndefined() || info[1].IsTypedArray())) {
    Napi::TypeError::New(env, "a key and its passphrase are Uint8Arrays").ThrowAsJavaScriptException();
    return {};
  }
  std::optional<ByteView> passphrase;
  if (info[1].IsTypedArray()) passphrase = View(info[1]);
  ParsedKey parsed = ParseKey(View(info[0]), passphrase ? &*passphrase : nullptr);
  if (!parsed.key) return Napi::String::New(env, parsed.reason);
  const Key& key = *parsed.key;

  auto facts = Napi::Object::New(env);
  facts.Set("type", NameOf(key.type()));
  facts.Set("bits", key.bits());
  facts.Set("curve", key.curve() == nullptr ? env.Undefined() : Napi::String::New(env, key.curve()));
  facts.Set("maximumAnswerLength", static_cast<double>(key.maximum_answer_length()));
  facts.Set("subjectPublicKeyInfo", SubjectPublicKeyInfo(env, key));
  const uint32_t handle = KeyTable::OfProcess().Add(std::move(parsed.key));
  facts.Set("handle", handle);
  // The facts own the key. The handle itself is what the finalizer is told of, in the shape of a pointer.
  facts.AddFinalizer(
      [](Napi::Env, void* owned) {
        KeyTable::OfProcess().Remove(static_cast<uint32_t>(reinterpret_cast<uintptr_t>(owned)));
      },
      reinterpret_cast<void*>(static_cast<uintptr_t>(handle)));
  return facts;
}

// (handle: number): void
Napi::Value DisposeKey(const Napi::CallbackInfo& info) {
  if (info[0].IsNumber()) KeyTable::OfProcess().Remove(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

// (requests: ArrayBuffer): ArrayBuffer | undefined, undefined if it does not hold a batch
Napi::Value PerformBatch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsArrayBuffer()) return env.Undefined();
  auto requests = info[0].As<Napi::ArrayBuffer>();
  std::optional<Batch> batch =
      Batch::Parse({static_cast<const uint8_t*>(requests.Data()), requests.ByteLength()});
  if (!batch) return env.Undefined();
  auto answers = Napi::ArrayBuffer::New(env, batch->AnswersSize());
  if (env.IsExceptionPending()) return {};
  batch->Perform(static_cast<uint8_t*>(answers.Data()));
  return answers;
}

// (): number
Napi::Value CountKeys(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Key::Count()));
}

}  // namespace

}  // namespace latchkey::keys
