#ifndef LATCHKEY_TLS_CERTIFICATE_H_
#define LATCHKEY_TLS_CERTIFICATE_H_

#include <optional>
#include <string>
#include <vector>

#include "support/openssl.h"
#include "support/bytes.h"

namespace latchkey::tls {

// The public key of a certificate, in the terms of TlsPublicKey in src/tls-context.ts.
struct PublicKeyDescription {
  const char* type = nullptr;
  // Null for other keys than ECDSA.
  const char* curve = nullptr;
  int bits = 0;
  std::vector<unsigned char> subject_public_key_info;
  std::vector<unsigned char> ski;
  // Whether the certificate lets it sign delegated credentials (RFC 9345, section 4.2).
  bool allows_delegation = false;
};

// All certificates of a PEM file, in order. Empty when one of them cannot be read; the error queue says why, or is empty
// where there was none at all.
std::vector<X509Pointer> ParseCertificates(ByteView pem);

// Nothing for keys that no TLS signature of ours could come from.
std::optional<PublicKeyDescription> DescribePublicKey(X509* certificate);

// OpenSSL's words for the latest failure; empties the error queue.
std::string TakeReason();

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CERTIFICATE_H_
