#include "tls/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <climits>

#include "tls/library_context.h"

namespace latchkey::tls {

namespace {

struct Curve {
  const char* openssl_name;
  const char* name;
};

constexpr Curve kCurves[] = {
    {"prime256v1", "secp256r1"},
    {"secp384r1", "secp384r1"},
    {"secp521r1", "secp521r1"},
};

const char* CurveName(EVP_PKEY* key) {
  char group[64];
  if (EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1) return nullptr;
  for (const Curve& curve : kCurves)
    if (std::string(group) == curve.openssl_name) return curve.name;
  return nullptr;
}

// RFC 5280, section 4.2.1.2, method (1), whatever the certificate's own extension says.
std::vector<unsigned char> SubjectKeyIdentifier(X509* certificate) {
  const DigestPointer sha1(EVP_MD_fetch(GetLibraryContext()->context, "SHA1", nullptr));
  std::vector<unsigned char> identifier(20);
  if (sha1 == nullptr || X509_pubkey_digest(certificate, sha1.get(), identifier.data(), nullptr) != 1) return {};
  return identifier;
}

std::vector<unsigned char> SubjectPublicKeyInfo(X509* certificate) {
  const X509_PUBKEY* info = X509_get_X509_PUBKEY(certificate);
  const int size = i2d_X509_PUBKEY(info, nullptr);
  if (size <= 0) return {};
  std::vector<unsigned char> der(static_cast<size_t>(size));
  unsigned char* to = der.data();
  i2d_X509_PUBKEY(info, &to);
  return der;
}

bool AllowsDelegation(X509* certificate) {
  static const ASN1_OBJECT* const delegation_usage = OBJ_txt2obj("1.3.6.1.4.1.44363.44", 1);
  return delegation_usage != nullptr && X509_get_ext_by_OBJ(certificate, delegation_usage, -1) >= 0 &&
         (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0 &&
         (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::vector<X509Pointer> ParseCertificates(ByteView pem) {
  ERR_clear_error();
  // OpenSSL takes an empty buffer for an error.
  if (pem.size == 0 || pem.size > INT_MAX) return {};
  const BioPointer bio(BIO_new_mem_buf(pem.data, static_cast<int>(pem.size)));
  std::vector<X509Pointer> certificates;
  while (bio != nullptr) {
    // Made first, so that its key comes to live in our library context.
    X509Pointer certificate(X509_new_ex(GetLibraryContext()->context, nullptr));
    X509* parsed = certificate.get();
    if (parsed == nullptr) return {};
    if (PEM_read_bio_X509(bio.get(), &parsed, NoPassphrase, nullptr) == nullptr) {
      // On failure the certificate may have been freed.
      if (parsed == nullptr) static_cast<void>(certificate.release());
      break;
    }
    certificates.push_back(std::move(certificate));
  }
  const unsigned long error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) return {};
  ERR_clear_error();
  return certificates;
}

std::optional<PublicKeyDescription> DescribePublicKey(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return std::nullopt;
  PublicKeyDescription description;
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    description.type = "rsa";
  } else if (EVP_PKEY_is_a(key, "RSA-PSS") == 1) {
    description.type = "rsa_pss";
  } else if (EVP_PKEY_is_a(key, "ED25519") == 1) {
    description.type = "ed25519";
  } else if (EVP_PKEY_is_a(key, "EC") == 1) {
    description.type = "ecdsa";
    description.curve = CurveName(key);
    if (description.curve == nullptr) return std::nullopt;
  } else {
    return std::nullopt;
  }
  description.bits = EVP_PKEY_get_bits(key);
  description.subject_public_key_info = SubjectPublicKeyInfo(certificate);
  description.ski = SubjectKeyIdentifier(certificate);
  description.allows_delegation = AllowsDelegation(certificate);
  if (description.subject_public_key_info.empty() || description.ski.empty()) return std::nullopt;
  return description;
}

std::string TakeReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "unspecified" : reason;
}

}  // namespace latchkey::tls
