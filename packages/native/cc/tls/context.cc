#include "tls/context.h"

#include <openssl/err.h>

#include <algorithm>
#include <string_view>

#include "tls/library_context.h"
#include "tls/provider.h"
#include "tls/session_exchange.h"
#include "tls/session_lifetime.h"

namespace latchkey::tls {

namespace {

// 112 bits: the same on every Node, whatever the default of its OpenSSL.
constexpr int kSecurityLevel = 2;

constexpr size_t kSha256Length = 32;
static_assert(kSha256Length <= SSL_MAX_SID_CTX_LENGTH);

ContextFailure Failed(const char* code, const char* what) { return {code, std::string(what) + ": " + TakeReason()}; }

int AcknowledgeServerName(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

}  // namespace

Context::Result Context::Make(const ContextSettings& settings) {
  ERR_clear_error();
  const std::shared_ptr<Context> context(new Context());
  const LibraryContext* library = GetLibraryContext();
  if (library != nullptr)
    context->ssl_context_.reset(SSL_CTX_new_ex(library->context, nullptr, TLS_server_method()));
  if (context->ssl_context_ == nullptr) return Failed("LATCHKEY_TLS_INTERNAL", "OpenSSL could not be set up");
  SSL_CTX_set_app_data(context->ssl_context_.get(), context.get());
  SSL_CTX_set_security_level(context->ssl_context_.get(), kSecurityLevel);
  if (auto failure = context->SetNegotiation(settings)) return *failure;
  for (const ByteView chain : settings.certificate_chains)
    if (auto failure = context->AddCertificate(chain)) return *failure;
  if (auto failure = context->SetSessions(settings)) return *failure;
  return context;
}

std::optional<ContextFailure> Context::SetNegotiation(const ContextSettings& settings) {
  SSL_CTX* context = ssl_context_.get();
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // ChaCha20 first for those who put it first: they compute it faster than AES.
  if (settings.honor_cipher_order)
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // The chain is sent as it is given, never completed from a trust store.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  if (SSL_CTX_set_min_proto_version(context, settings.minimum_version) != 1 ||
      SSL_CTX_set_max_proto_version(context, settings.maximum_version) != 1)
    return Failed("LATCHKEY_TLS_BAD_PROTOCOL_RANGE", "minimumVersion or maximumVersion");
  if (SSL_CTX_set_cipher_list(context, settings.ciphers.c_str()) != 1)
    return Failed("LATCHKEY_TLS_BAD_CIPHERS", "ciphers");
  if (settings.cipher_suites && SSL_CTX_set_ciphersuites(context, settings.cipher_suites->c_str()) != 1)
    return Failed("LATCHKEY_TLS_BAD_CIPHER_SUITES", "cipherSuites");
  if (settings.groups && SSL_CTX_set1_groups_list(context, settings.groups->c_str()) != 1)
    return Failed("LATCHKEY_TLS_BAD_GROUPS", "groups");
  // Without it a session would not remember its server name.
  SSL_CTX_set_tlsext_servername_callback(context, AcknowledgeServerName);
  if (!Delegation::Enable(context)) return Failed("LATCHKEY_TLS_INTERNAL", "delegated credentials");
  SSL_CTX_set_tlsext_status_cb(context, OnStatusRequest);
  SSL_CTX_set_tlsext_status_arg(context, this);
  alpn_protocols_ = settings.alpn_protocols;
  if (!alpn_protocols_.empty()) SSL_CTX_set_alpn_select_cb(context, OnAlpn, this);
  return std::nullopt;
}

// Of those that a site has for different kinds of keys, OpenSSL chooses by the visitor's signature schemes, cipher suites
// and groups.
std::optional<ContextFailure> Context::AddCertificate(ByteView chain) {
  std::vector<X509Pointer> certificates = ParseCertificates(chain);
  if (certificates.empty()) {
    if (ERR_peek_error() != 0) return Failed("LATCHKEY_TLS_BAD_CERTIFICATE", "certificateChain cannot be read");
    return ContextFailure{"LATCHKEY_TLS_NO_CERTIFICATE", "certificateChain holds no certificate in PEM"};
  }
  X509* leaf = certificates.front().get();
  auto description = DescribePublicKey(leaf);
  ERR_clear_error();
  if (!description)
    return ContextFailure{"LATCHKEY_TLS_UNSUPPORTED_KEY",
                          "the certificate's key is not RSA, RSA-PSS, ECDSA on P-256, P-384 or P-521, or Ed25519"};
  for (const SiteCertificate& other : certificates_)
    if (std::string_view(other.public_key.type) == description->type)
      return ContextFailure{"LATCHKEY_TLS_BAD_CERTIFICATE", "two certificates have the same kind of key"};
  if (SSL_CTX_use_certificate(ssl_context_.get(), leaf) != 1)
    return Failed("LATCHKEY_TLS_BAD_CERTIFICATE", "the certificate cannot be used");
  const KeyPointer key = MakeRemoteKey(X509_get0_pubkey(leaf));
  if (key == nullptr || SSL_CTX_use_PrivateKey(ssl_context_.get(), key.get()) != 1)
    return Failed("LATCHKEY_TLS_INTERNAL", "the certificate's key cannot be used");
  for (size_t i = 1; i < certificates.size(); ++i)
    if (SSL_CTX_add1_chain_cert(ssl_context_.get(), certificates[i].get()) != 1)
      return Failed("LATCHKEY_TLS_BAD_CERTIFICATE", "an intermediate certificate cannot be used");
  certificates_.push_back({std::move(certificates.front()), std::move(*description), {}, nullptr});
  return std::nullopt;
}

std::optional<ContextFailure> Context::SetSessions(const ContextSettings& settings) {
  SSL_CTX* context = ssl_context_.get();
  ticket_keys_ = settings.ticket_keys.size == 0 ? TicketKeys::Random() : TicketKeys(settings.ticket_keys);
  if (ticket_keys_.empty()) return Failed("LATCHKEY_TLS_INTERNAL", "no random numbers for a ticket key");
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, OnTicketKey);
  SSL_CTX_set_num_tickets(context, settings.ticket_count);
  SSL_CTX_set_timeout(context, settings.session_timeout_seconds);
  BoundSessionLifetime(context);
  if (settings.export_sessions) SessionExchange::Enable(context);
  // To OpenSSL, a cache of size 0 has no bound.
  SSL_CTX_set_session_cache_mode(context, settings.session_cache_size == 0 ? SSL_SESS_CACHE_OFF : SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, settings.session_cache_size);
  ByteView session_id_context = settings.session_id_context;
  unsigned char digest[kSha256Length];
  if (session_id_context.size == 0) {
    if (!DigestPublicKeys(digest)) return Failed("LATCHKEY_TLS_INTERNAL", "no SHA-256");
    session_id_context = {digest, sizeof digest};
  }
  if (SSL_CTX_set_session_id_context(context, session_id_context.data,
                                     static_cast<unsigned>(session_id_context.size)) != 1)
    return Failed("LATCHKEY_TLS_BAD_SESSION_ID_CONTEXT", "sessionIdContext");
  return std::nullopt;
}

size_t Context::ChosenCertificate(SSL* ssl) const {
  const X509* chosen = SSL_get_certificate(ssl);
  const auto found = std::find_if(certificates_.begin(), certificates_.end(),
                                  [chosen](const SiteCertificate& each) { return each.certificate.get() == chosen; });
  return found == certificates_.end() ? 0 : static_cast<size_t>(found - certificates_.begin());
}

std::shared_ptr<const DelegatedCredential> Context::CredentialOf(const X509* certificate) const {
  for (const SiteCertificate& each : certificates_)
    if (each.certificate.get() == certificate) return each.credential;
  return nullptr;
}

bool Context::DigestPublicKeys(unsigned char* digest) const {
  std::vector<unsigned char> all;
  for (const SiteCertificate& each : certificates_) {
    const std::vector<unsigned char>& info = each.public_key.subject_public_key_info;
    all.insert(all.end(), info.begin(), info.end());
  }
  return EVP_Q_digest(GetLibraryContext()->context, "SHA256", nullptr, all.data(), all.size(), digest, nullptr) == 1;
}

int Context::OnStatusRequest(SSL* ssl, void* self) {
  const auto& context = *static_cast<const Context*>(self);
  const std::vector<unsigned char>& response = context.certificates_[context.ChosenCertificate(ssl)].ocsp_response;
  if (response.empty()) return SSL_TLSEXT_ERR_NOACK;
  // OpenSSL frees it.
  void* copy = OPENSSL_memdup(response.data(), response.size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  if (SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size())) == 1) return SSL_TLSEXT_ERR_OK;
  OPENSSL_free(copy);
  return SSL_TLSEXT_ERR_NOACK;
}

// RFC 7301, section 3.2.
int Context::OnAlpn(SSL*, const unsigned char** chosen, unsigned char* chosen_length, const unsigned char* offered,
                    unsigned offered_length, void* self) {
  const std::vector<unsigned char>& ours = static_cast<const Context*>(self)->alpn_protocols_;
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, chosen_length, ours.data(),
                                           static_cast<unsigned>(ours.size()), offered, offered_length);
  *chosen = selected;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The return values are those of SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 2 asks for a new ticket too.
int Context::OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                         int sealing) {
  const auto& self = *static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (sealing == 1) return self.ticket_keys_.BeginSealing(name, iv, cipher, mac) ? 1 : -1;
  switch (self.ticket_keys_.BeginOpening(name, iv, cipher, mac)) {
    case TicketKeys::Found::kNone:
      return 0;
    case TicketKeys::Found::kCurrent:
      return 1;
    case TicketKeys::Found::kOlder:
      return 2;
    case TicketKeys::Found::kFailed:
      break;
  }
  return -1;
}

}  // namespace latchkey::tls
