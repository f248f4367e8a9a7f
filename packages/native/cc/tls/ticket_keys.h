#ifndef LATCHKEY_TLS_TICKET_KEYS_H_
#define LATCHKEY_TLS_TICKET_KEYS_H_

#include <vector>

#include "support/openssl.h"
#include "support/bytes.h"

namespace latchkey::tls {

// The keys that protect session tickets (RFC 5077, section 4): the first encrypts, all decrypt.
class TicketKeys {
 public:
  // The name, the key of AES-256-CBC and that of HMAC-SHA256.
  static constexpr size_t kNameLength = 16;
  static constexpr size_t kSecretLength = 32;
  static constexpr size_t kLength = kNameLength + 2 * kSecretLength;

  // One random key. Empty on failure.
  static TicketKeys Random();
  // Keys of kLength bytes, one after the other.
  explicit TicketKeys(ByteView keys) : keys_(keys.data, keys.size) {}
  TicketKeys() = default;

  bool empty() const { return keys_.empty(); }

  // Prepares for a new ticket: writes the key's name and an initialisation vector, and keys the two contexts.
  bool BeginSealing(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const;

  enum class Found { kNone, kCurrent, kOlder, kFailed };
  // Prepares for reading a ticket under the key of that name.
  Found BeginOpening(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                     EVP_MAC_CTX* mac) const;

 private:
  const unsigned char* Key(size_t index) const { return keys_.data() + index * kLength; }

  SecretBytes keys_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_TICKET_KEYS_H_
