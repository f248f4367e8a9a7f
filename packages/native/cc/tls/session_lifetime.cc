#include "tls/session_lifetime.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <optional>

namespace latchkey::tls {

namespace {

// When a session ends, in seconds since 1970: it travels in the ticket.
using Expiry = int64_t;

std::optional<Expiry> ExpiryOf(SSL_SESSION* session) {
  void* data = nullptr;
  size_t size = 0;
  Expiry expiry = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 || size != sizeof expiry) return std::nullopt;
  std::memcpy(&expiry, data, size);
  return expiry;
}

// Called with the session that a ticket is about to be made of. In TLS 1.3 its time is now, its timeout that of the
// context or of the ticket that was resumed.
int OnMakeTicket(SSL* ssl, void*) {
  SSL_SESSION* session = SSL_get_session(ssl);
  const Expiry now = SSL_SESSION_get_time(session);
  if (const auto expiry = ExpiryOf(session)) {
    // What visitors are told. To OpenSSL, 0 is another word for its default.
    SSL_SESSION_set_timeout(session, static_cast<long>(std::max<Expiry>(*expiry - now, 1)));
    return 1;
  }
  const Expiry expiry = now + SSL_SESSION_get_timeout(session);
  return SSL_SESSION_set1_ticket_appdata(session, &expiry, sizeof expiry);
}

SSL_TICKET_RETURN OnReadTicket(SSL* ssl, SSL_SESSION* session, const unsigned char*, size_t, SSL_TICKET_STATUS status,
                               void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
  const auto expiry = ExpiryOf(session);
  if (!expiry.has_value() || *expiry <= std::time(nullptr)) return SSL_TICKET_RETURN_IGNORE_RENEW;
  // In TLS 1.3 visitors use a ticket only once (RFC 8446, section C.4), and so get another.
  const bool renew = status == SSL_TICKET_SUCCESS_RENEW || SSL_version(ssl) == TLS1_3_VERSION;
  return renew ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

}  // namespace

void BoundSessionLifetime(SSL_CTX* context) {
  SSL_CTX_set_session_ticket_cb(context, OnMakeTicket, OnReadTicket, nullptr);
}

}  // namespace latchkey::tls
