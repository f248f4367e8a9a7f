#ifndef LATCHKEY_TLS_MESSAGE_LIMIT_H_
#define LATCHKEY_TLS_MESSAGE_LIMIT_H_

#include "support/openssl.h"
#include "tls/transport.h"

namespace latchkey::tls {

// Counts the handshake messages that come after the handshake without application data in between: key updates, and requests for
// renegotiation, which are refused one by one. A visitor makes them for nothing; here each has keys derived or an alert sent.
// OpenSSL bounds empty records and warnings in the same way, but not these.
class MessageLimit {
 public:
  explicit MessageLimit(Transport& transport) : transport_(transport) {}
  MessageLimit(const MessageLimit&) = delete;
  MessageLimit& operator=(const MessageLimit&) = delete;

  // From now on they count. The SSL must not outlive this.
  void Attach(SSL* ssl);
  // Application data has come.
  void Reset() { count_ = 0; }
  // Whether there were too many: what came after them has been dropped, so that the SSL wants to read.
  bool exceeded() const { return count_ > kMost; }

 private:
  // As BoringSSL has it for key updates.
  static constexpr unsigned kMost = 32;

  static void OnMessage(int is_sent, int version, int content_type, const void* bytes, size_t length, SSL* ssl,
                        void* limit);

  Transport& transport_;
  unsigned count_ = 0;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_MESSAGE_LIMIT_H_
