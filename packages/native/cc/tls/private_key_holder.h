#ifndef LATCHKEY_TLS_PRIVATE_KEY_HOLDER_H_
#define LATCHKEY_TLS_PRIVATE_KEY_HOLDER_H_

#include <cstddef>

#include "support/bytes.h"
#include "support/premaster_padding.h"

namespace latchkey::tls {

class Delegation;

// What the provider turns to where OpenSSL wants the private key: the connection whose handshake runs on this thread.
// The calls return when the answer is there, however long that takes.
class PrivateKeyHolder {
 public:
  // `scheme` lives as long as the process. Returns the length of the signature, 0 when there is none.
  virtual size_t Sign(const char* scheme, ByteView message, unsigned char* signature, size_t capacity) = 0;

  // Returns whether there is an answer at all; whether the padding was right cannot be told.
  virtual bool DecryptPremaster(ByteView ciphertext, unsigned client_version, size_t modulus_length,
                                unsigned char (&premaster)[kPremasterLength]) = 0;

  // What the handshake has to do with delegated credentials.
  virtual Delegation& delegation() = 0;

  // Null outside a handshake: then nobody is there who could wait.
  static PrivateKeyHolder* Current() { return current_; }

  // Makes a holder the current one while a handshake runs.
  class Scope {
   public:
    explicit Scope(PrivateKeyHolder* holder) : previous_(current_) { current_ = holder; }
    ~Scope() { current_ = previous_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    PrivateKeyHolder* previous_;
  };

 protected:
  ~PrivateKeyHolder() = default;

 private:
  static inline thread_local PrivateKeyHolder* current_ = nullptr;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_PRIVATE_KEY_HOLDER_H_
