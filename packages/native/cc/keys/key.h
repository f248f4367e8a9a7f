#ifndef LATCHKEY_KEYS_KEY_H_
#define LATCHKEY_KEYS_KEY_H_

#include <array>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "keys/multi_buffer/key_numbers.h"
#include "keys/scheme.h"
#include "support/openssl.h"

namespace latchkey::keys {

enum class KeyType { kRsa, kRsaPss, kEcdsa, kEd25519 };

// Contexts that are ready for use, so that an operation need not make one, which costs as much as a third of a P-256
// signature. There come to be as many as threads ever used them at the same time.
template <typename Context>
class ContextPool {
 public:
  // Null if none is idle.
  Context Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) return nullptr;
    Context context = std::move(idle_.back());
    idle_.pop_back();
    return context;
  }

  void Return(Context context) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(context));
  }

 private:
  std::mutex mutex_;
  std::vector<Context> idle_;
};

// A private key, usable from any thread. Once the last owner lets go of it, OpenSSL wipes it.
class Key {
 public:
  // `curve` is a string constant, null unless the key is an ECDSA key.
  Key(KeyPointer pkey, KeyType type, const char* curve);
  ~Key();
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  EVP_PKEY* pkey() const { return pkey_.get(); }
  KeyType type() const { return type_; }
  const char* curve() const { return curve_; }
  int bits() const { return bits_; }
  // Of an RSA key this is also the length of its modulus.
  size_t maximum_answer_length() const { return maximum_answer_length_; }

  bool Performs(Primitive primitive) const;

  // For those that are not OpenSSL, taken out of the key when they are first asked for.
  const multi_buffer::KeyNumbers& numbers() const;

  ContextPool<KeyContextPointer>& contexts(const Scheme& scheme) const { return contexts_[IndexOf(scheme)]; }
  ContextPool<DigestContextPointer>& message_contexts() const { return message_contexts_; }

  // Keys that exist in this process.
  static size_t Count();

 private:
  const KeyPointer pkey_;
  const KeyType type_;
  const char* const curve_;
  const int bits_;
  const size_t maximum_answer_length_;
  mutable std::once_flag numbers_taken_;
  mutable multi_buffer::KeyNumbers numbers_;
  // Guarded by their own locks.
  mutable std::array<ContextPool<KeyContextPointer>, kSchemeCount> contexts_;
  mutable ContextPool<DigestContextPointer> message_contexts_;
};

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_KEY_H_
