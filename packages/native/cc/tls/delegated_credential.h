#ifndef LATCHKEY_TLS_DELEGATED_CREDENTIAL_H_
#define LATCHKEY_TLS_DELEGATED_CREDENTIAL_H_

#include <cstdint>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include "support/bytes.h"
#include "support/openssl.h"

// Delegated credentials (RFC 9345): a key of our own that the key of a certificate has signed, and with which handshakes
// are signed here for a while.

namespace latchkey::tls {

// A key for a credential. It is made here and never leaves; OpenSSL wipes it when the last one who uses it is gone.
class CredentialKey {
 public:
  // `curve` as in PublicKeyDescription. Null for other curves, or when no key can be made.
  static std::shared_ptr<const CredentialKey> Generate(std::string_view curve);

  const std::vector<unsigned char>& subject_public_key_info() const { return subject_public_key_info_; }
  // The SignatureScheme (RFC 8446, section 4.2.3) that belongs to the curve.
  uint16_t signature_scheme() const { return signature_scheme_; }

  // Signs what the provider is asked to; `scheme` is the name that it has for how. Returns the length, 0 on failure.
  size_t Sign(std::string_view scheme, ByteView message, unsigned char* signature, size_t capacity) const;

 private:
  CredentialKey() = default;

  KeyPointer key_;
  uint16_t signature_scheme_ = 0;
  const char* scheme_name_ = nullptr;
  const char* digest_ = nullptr;
  std::vector<unsigned char> subject_public_key_info_;
};

// What a certificate's key has signed.
struct DelegatedCredential {
  std::shared_ptr<const CredentialKey> key;
  // How the certificate's key has signed it.
  uint16_t algorithm = 0;
  // It is not used from then on.
  time_t end = 0;
  // The structure DelegatedCredential (section 4).
  std::vector<unsigned char> content;
};

// What one handshake has to do with delegated credentials.
class Delegation {
 public:
  // Makes connections of the context look whether their visitor takes credentials, and offer the certificate's if so.
  static bool Enable(SSL_CTX* context);

  // The one that the visitor has got; null: none, and the certificate's own key signs.
  const DelegatedCredential* credential() const { return credential_.get(); }

 private:
  static int OnClientHello(SSL* ssl, unsigned type, unsigned context, const unsigned char* content, size_t size,
                           X509* certificate, size_t chain_index, int* alert, void* argument);
  static int OnCertificate(SSL* ssl, unsigned type, unsigned context, const unsigned char** content, size_t* size,
                           X509* certificate, size_t chain_index, int* alert, void* argument);

  bool IsTakenByVisitor(const DelegatedCredential& credential) const;

  // In the visitor's extension.
  std::vector<uint16_t> signature_schemes_;
  std::shared_ptr<const DelegatedCredential> credential_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_DELEGATED_CREDENTIAL_H_
