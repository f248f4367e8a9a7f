#include "tls/session_exchange.h"

#include <openssl/err.h>

#include <algorithm>

namespace latchkey::tls {

void SessionExchange::Enable(SSL_CTX* context) {
  SSL_CTX_sess_set_new_cb(context, OnNew);
  SSL_CTX_sess_set_get_cb(context, OnGet);
}

bool SessionExchange::Attach(SSL* ssl) { return Index() >= 0 && SSL_set_ex_data(ssl, Index(), this) == 1; }

int SessionExchange::Index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

SessionExchange* SessionExchange::Of(const SSL* ssl) {
  return static_cast<SessionExchange*>(SSL_get_ex_data(ssl, Index()));
}

// Called for every session, those in tickets included.
int SessionExchange::OnNew(SSL* ssl, SSL_SESSION* session) {
  constexpr int kNoReferenceTaken = 0;
  if (SSL_version(ssl) != TLS1_2_VERSION) return kNoReferenceTaken;
  unsigned id_length = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &id_length);
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (id_length == 0 || size <= 0) return kNoReferenceTaken;
  SecretBytes content(static_cast<size_t>(size));
  unsigned char* to = content.data();
  i2d_SSL_SESSION(session, &to);
  Of(ssl)->begun_ = ExportedSession{{id, id + id_length}, std::move(content)};
  return kNoReferenceTaken;
}

SSL_SESSION* SessionExchange::OnGet(SSL* ssl, const unsigned char* id, int id_length, int* copy) {
  *copy = 0;
  const SecretBytes& offered = Of(ssl)->offered_;
  if (offered.empty()) return nullptr;
  const unsigned char* from = offered.data();
  SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &from, static_cast<long>(offered.size()));
  // Whoever keeps sessions may have garbage: that is no failure of the handshake.
  ERR_clear_error();
  if (session == nullptr) return nullptr;
  unsigned found_length = 0;
  const unsigned char* found = SSL_SESSION_get_id(session, &found_length);
  if (std::equal(found, found + found_length, id, id + id_length)) return session;
  SSL_SESSION_free(session);
  return nullptr;
}

}  // namespace latchkey::tls
