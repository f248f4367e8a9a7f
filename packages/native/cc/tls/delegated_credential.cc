#include "tls/delegated_credential.h"

#include <openssl/err.h>

#include <algorithm>

#include "tls/context.h"
#include "tls/library_context.h"
#include "tls/private_key_holder.h"

namespace latchkey::tls {

namespace {

// RFC 9345, section 4.
constexpr unsigned kExtensionType = 34;

struct CurveScheme {
  std::string_view curve;
  const char* group;
  uint16_t signature_scheme;
  const char* scheme_name;
  const char* digest;
};

constexpr CurveScheme kCurveSchemes[] = {
    {"secp256r1", "P-256", 0x0403, "ecdsa_sha256", "SHA256"},
    {"secp384r1", "P-384", 0x0503, "ecdsa_sha384", "SHA384"},
    {"secp521r1", "P-521", 0x0603, "ecdsa_sha512", "SHA512"},
};

}  // namespace

std::shared_ptr<const CredentialKey> CredentialKey::Generate(std::string_view curve) {
  const auto* known = std::find_if(std::begin(kCurveSchemes), std::end(kCurveSchemes),
                                   [curve](const CurveScheme& each) { return each.curve == curve; });
  const LibraryContext* library = GetLibraryContext();
  if (known == std::end(kCurveSchemes) || library == nullptr) return nullptr;
  const std::shared_ptr<CredentialKey> made(new CredentialKey());
  made->key_.reset(EVP_PKEY_Q_keygen(library->context, kDefaultProvider, "EC", known->group));
  if (made->key_ == nullptr) return nullptr;
  made->signature_scheme_ = known->signature_scheme;
  made->scheme_name_ = known->scheme_name;
  made->digest_ = known->digest;
  const int size = i2d_PUBKEY(made->key_.get(), nullptr);
  if (size <= 0) return nullptr;
  made->subject_public_key_info_.resize(static_cast<size_t>(size));
  unsigned char* to = made->subject_public_key_info_.data();
  return i2d_PUBKEY(made->key_.get(), &to) == size ? made : nullptr;
}

size_t CredentialKey::Sign(std::string_view scheme, ByteView message, unsigned char* signature,
                           size_t capacity) const {
  if (scheme != scheme_name_) return 0;
  const DigestContextPointer context(EVP_MD_CTX_new());
  size_t size = capacity;
  if (context == nullptr ||
      EVP_DigestSignInit_ex(context.get(), nullptr, digest_, GetLibraryContext()->context, kDefaultProvider,
                            key_.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), signature, &size, message.data, message.size) != 1)
    return 0;
  return size;
}

bool Delegation::Enable(SSL_CTX* context) {
  return SSL_CTX_add_custom_ext(context, kExtensionType, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE,
                                OnCertificate, nullptr, nullptr, OnClientHello, nullptr) == 1;
}

// RFC 9345, section 4.1.1: a SignatureSchemeList. With a HelloRetryRequest it comes twice.
int Delegation::OnClientHello(SSL*, unsigned, unsigned, const unsigned char* content, size_t size, X509*, size_t,
                              int* alert, void*) {
  PrivateKeyHolder* holder = PrivateKeyHolder::Current();
  const bool is_list = size >= 4 && size % 2 == 0 && static_cast<size_t>(content[0] << 8 | content[1]) == size - 2;
  if (holder == nullptr || !is_list) {
    *alert = SSL_AD_DECODE_ERROR;
    return 0;
  }
  std::vector<uint16_t>& schemes = holder->delegation().signature_schemes_;
  schemes.clear();
  for (size_t i = 2; i < size; i += 2) schemes.push_back(static_cast<uint16_t>(content[i] << 8 | content[i + 1]));
  return 1;
}

int Delegation::OnCertificate(SSL* ssl, unsigned, unsigned, const unsigned char** content, size_t* size,
                              X509* certificate, size_t chain_index, int*, void*) {
  PrivateKeyHolder* holder = PrivateKeyHolder::Current();
  // It belongs to the end-entity certificate alone (section 4).
  if (holder == nullptr || chain_index != 0) return 0;
  Delegation& self = holder->delegation();
  const auto& context = *static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  std::shared_ptr<const DelegatedCredential> credential = context.CredentialOf(certificate);
  if (credential == nullptr || !self.IsTakenByVisitor(*credential)) return 0;
  *content = credential->content.data();
  *size = credential->content.size();
  self.credential_ = std::move(credential);
  return 1;
}

// Both algorithms have to be in the visitor's list: those that are not taken for credentials at all, as NSS does not take
// RSA, would end the handshake there.
bool Delegation::IsTakenByVisitor(const DelegatedCredential& credential) const {
  const auto lists = [this](uint16_t scheme) {
    return std::find(signature_schemes_.begin(), signature_schemes_.end(), scheme) != signature_schemes_.end();
  };
  return time(nullptr) < credential.end && lists(credential.key->signature_scheme()) && lists(credential.algorithm);
}

}  // namespace latchkey::tls
