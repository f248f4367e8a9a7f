#ifndef LATCHKEY_TLS_SESSION_EXCHANGE_H_
#define LATCHKEY_TLS_SESSION_EXCHANGE_H_

#include <optional>
#include <vector>

#include "support/bytes.h"
#include "support/openssl.h"

namespace latchkey::tls {

// A session that is resumed by its id (RFC 5246, section 7.4.1.2), as it is kept outside of OpenSSL.
struct ExportedSession {
  std::vector<unsigned char> id;
  // An SSL_SESSION in DER: holds the master secret.
  SecretBytes content;
};

// Carries sessions that are resumed by id between one connection and whoever keeps them for several processes.
class SessionExchange {
 public:
  SessionExchange() = default;
  SessionExchange(const SessionExchange&) = delete;
  SessionExchange& operator=(const SessionExchange&) = delete;

  // Makes the sessions of a context go through its connections' exchanges, besides its own cache.
  static void Enable(SSL_CTX* context);

  // The SSL must not outlive the exchange. Returns false on failure.
  bool Attach(SSL* ssl);

  // What was found under the id that the ClientHello names. What is no session, or another one, is ignored.
  void Offer(ByteView content) { offered_ = SecretBytes(content.data, content.size); }

  // The session that the handshake has begun, once.
  std::optional<ExportedSession> Take() { return std::exchange(begun_, std::nullopt); }

 private:
  static int Index();
  static SessionExchange* Of(const SSL* ssl);
  static int OnNew(SSL* ssl, SSL_SESSION* session);
  static SSL_SESSION* OnGet(SSL* ssl, const unsigned char* id, int id_length, int* copy);

  SecretBytes offered_;
  std::optional<ExportedSession> begun_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_SESSION_EXCHANGE_H_
