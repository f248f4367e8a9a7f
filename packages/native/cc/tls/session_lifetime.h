#ifndef LATCHKEY_TLS_SESSION_LIFETIME_H_
#define LATCHKEY_TLS_SESSION_LIFETIME_H_

#include "support/openssl.h"

namespace latchkey::tls {

// Makes all tickets that come of one full handshake end when the first of them does. OpenSSL would let each ticket of
// TLS 1.3 live as long as the first, and a visitor who keeps coming back would never need the site's key again.
void BoundSessionLifetime(SSL_CTX* context);

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_SESSION_LIFETIME_H_
