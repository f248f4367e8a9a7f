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
#include "tls/delegated_credential.h"
#include "tls/ticket_keys.h"

namespace latchkey::tls {

// What src/tls-context.ts makes of its options.
struct ContextSettings {
  // Certificate chains in PEM, each for another kind of key.
  std::vector<ByteView> certificate_chains;
  int minimum_version = 0;
  int maximum_version = 0;
  std::string ciphers;
  std::optional<std::string> cipher_suites;
  std::optional<std::string> groups;
  bool honor_cipher_order = true;
  std::vector<unsigned char> alpn_protocols;
  size_t ticket_count = 0;
  long session_timeout_seconds = 0;
  // Empty: the SHA-256 of the SubjectPublicKeyInfos.
  ByteView session_id_context;
  long session_cache_size = 0;
  // Empty: a random one.
  ByteView ticket_keys;
  bool export_sessions = false;
};

// Why settings do not make a context. `code` is one of TlsContextErrorCode.
struct ContextFailure {
  const char* code = nullptr;
  std::string reason;
};

// A certificate of a site.
struct SiteCertificate {
  X509Pointer certificate;
  PublicKeyDescription public_key;
  // What is stapled to it (RFC 6066, section 8); empty: nothing.
  std::vector<unsigned char> ocsp_response;
  // Null: none.
  std::shared_ptr<const DelegatedCredential> credential;
};

// One site's SSL_CTX, with remote keys of our provider's in place of private keys.
class Context {
 public:
  using Result = std::variant<std::shared_ptr<Context>, ContextFailure>;
  static Result Make(const ContextSettings& settings);

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Null when there is no memory.
  SslPointer NewSsl() const { return SslPointer(SSL_new(ssl_context_.get())); }
  const std::vector<SiteCertificate>& certificates() const { return certificates_; }
  // The index of the one whose key a handshake with one of our SSLs needs. Not before OpenSSL has chosen it.
  size_t ChosenCertificate(SSL* ssl) const;
  void SetOcspResponse(size_t index, ByteView response) {
    certificates_[index].ocsp_response.assign(response.data, response.data + response.size);
  }
  void SetCredential(size_t index, std::shared_ptr<const DelegatedCredential> credential) {
    certificates_[index].credential = std::move(credential);
  }
  // Null where there is none.
  std::shared_ptr<const DelegatedCredential> CredentialOf(const X509* certificate) const;
  void SetTicketKeys(TicketKeys keys) { ticket_keys_ = std::move(keys); }

 private:
  Context() = default;

  // Each does a part of Make, and returns what is wrong.
  std::optional<ContextFailure> AddCertificate(ByteView chain);
  std::optional<ContextFailure> SetNegotiation(const ContextSettings& settings);
  std::optional<ContextFailure> SetSessions(const ContextSettings& settings);

  bool DigestPublicKeys(unsigned char* digest) const;

  static int OnStatusRequest(SSL* ssl, void* self);
  static int OnAlpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* offered, unsigned offered_length, void* self);
  static int OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                         int sealing);

  SslContextPointer ssl_context_;
  std::vector<SiteCertificate> certificates_;
  std::vector<unsigned char> alpn_protocols_;
  TicketKeys ticket_keys_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CONTEXT_H_
