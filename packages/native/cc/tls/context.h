#ifndef LATCHKEY_TLS_CONTEXT_H_
#define LATCHKEY_TLS_CONTEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/openssl.h"
#include "support/bytes.h"
#include "tls/certificate.h"
#include "tls/ticket_keys.h"

namespace latchkey::tls {

// What src/tls-context.ts makes of its options.
struct ContextSettings {
  ByteView certificate_chain;
  int minimum_version = 0;
  int maximum_version = 0;
  std::string ciphers;
  std::optional<std::string> cipher_suites;
  std::optional<std::string> groups;
  bool honor_cipher_order = true;
  std::vector<unsigned char> alpn_protocols;
  size_t ticket_count = 0;
  long session_timeout_seconds = 0;
  // Empty: the SHA-256 of the SubjectPublicKeyInfo.
  ByteView session_id_context;
  long session_cache_size = 0;
  // Empty: a random one.
  ByteView ticket_keys;
};

// Why settings do not make a context. `code` is one of TlsContextErrorCode.
struct ContextFailure {
  const char* code = nullptr;
  std::string reason;
};

// One site's SSL_CTX, with a remote key of our provider's in place of the private key.
class Context {
 public:
  using Result = std::variant<std::shared_ptr<Context>, ContextFailure>;
  static Result Make(const ContextSettings& settings);

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Null when there is no memory.
  SslPointer NewSsl() const { return SslPointer(SSL_new(ssl_context_.get())); }
  const PublicKeyDescription& public_key() const { return public_key_; }
  void SetTicketKeys(TicketKeys keys) { ticket_keys_ = std::move(keys); }

 private:
  Context() = default;

  // Each does a part of Make, and returns what is wrong.
  std::optional<ContextFailure> SetCertificate(ByteView chain);
  std::optional<ContextFailure> SetNegotiation(const ContextSettings& settings);
  std::optional<ContextFailure> SetSessions(const ContextSettings& settings);

  static int OnAlpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* offered, unsigned offered_length, void* self);
  static int OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                         int sealing);

  SslContextPointer ssl_context_;
  PublicKeyDescription public_key_;
  std::vector<unsigned char> alpn_protocols_;
  TicketKeys ticket_keys_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CONTEXT_H_
