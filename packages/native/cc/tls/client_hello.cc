#include "tls/client_hello.h"

#include <openssl/err.h>

#include "tls/library_context.h"

namespace latchkey::tls {

namespace {

// Takes apart the vectors of TLS's presentation language (RFC 8446, section 3.4). Whatever runs past the end gives
// nothing: the site's SSL will refuse the message for it.
class WireReader {
 public:
  explicit WireReader(ByteView bytes) : bytes_(bytes) {}

  bool AtEnd() const { return bytes_.size == 0; }

  std::optional<unsigned> Integer(size_t size) {
    const auto bytes = Bytes(size);
    if (!bytes.has_value()) return std::nullopt;
    unsigned value = 0;
    for (size_t i = 0; i < size; ++i) value = value << 8 | bytes->data[i];
    return value;
  }

  // A vector after its length of one or two bytes.
  std::optional<ByteView> Vector(size_t length_size) {
    const auto length = Integer(length_size);
    return length.has_value() ? Bytes(*length) : std::nullopt;
  }

 private:
  std::optional<ByteView> Bytes(size_t size) {
    if (size > bytes_.size) return std::nullopt;
    const ByteView result{bytes_.data, size};
    bytes_ = {bytes_.data + size, bytes_.size - size};
    return result;
  }

  ByteView bytes_;
};

std::string ToString(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

std::optional<WireReader> Extension(SSL* ssl, unsigned type) {
  ByteView content;
  if (SSL_client_hello_get0_ext(ssl, type, &content.data, &content.size) != 1) return std::nullopt;
  return WireReader(content);
}

std::vector<uint16_t> ToIntegers(ByteView bytes) {
  std::vector<uint16_t> result;
  WireReader reader(bytes);
  while (const auto value = reader.Integer(2)) result.push_back(static_cast<uint16_t>(*value));
  return result;
}

// A list of 16-bit values after its length.
std::vector<uint16_t> IntegerList(SSL* ssl, unsigned type, size_t length_size) {
  auto extension = Extension(ssl, type);
  if (!extension.has_value()) return {};
  const auto list = extension->Vector(length_size);
  return list.has_value() ? ToIntegers(*list) : std::vector<uint16_t>();
}

// RFC 6066, section 3: there is one type of name, and one name of it.
std::optional<std::string> ServerName(SSL* ssl) {
  auto extension = Extension(ssl, TLSEXT_TYPE_server_name);
  if (!extension.has_value()) return std::nullopt;
  const auto list = extension->Vector(2);
  if (!list.has_value()) return std::nullopt;
  WireReader names(*list);
  if (names.Integer(1) != TLSEXT_NAMETYPE_host_name) return std::nullopt;
  const auto name = names.Vector(2);
  return name.has_value() ? std::optional(ToString(*name)) : std::nullopt;
}

// RFC 7301, section 3.1.
std::vector<std::string> AlpnProtocols(SSL* ssl) {
  auto extension = Extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation);
  if (!extension.has_value()) return {};
  const auto list = extension->Vector(2);
  if (!list.has_value()) return {};
  std::vector<std::string> result;
  WireReader names(*list);
  while (const auto name = names.Vector(1)) result.push_back(ToString(*name));
  return result;
}

std::vector<uint16_t> CipherSuites(SSL* ssl) {
  ByteView list;
  list.size = SSL_client_hello_get0_ciphers(ssl, &list.data);
  // In the format of SSL 2 they have three bytes each, and no site speaks that.
  return SSL_client_hello_isv2(ssl) == 1 ? std::vector<uint16_t>() : ToIntegers(list);
}

std::vector<uint16_t> SupportedVersions(SSL* ssl) {
  std::vector<uint16_t> versions = IntegerList(ssl, TLSEXT_TYPE_supported_versions, 1);
  if (versions.empty()) versions.push_back(static_cast<uint16_t>(SSL_client_hello_get0_legacy_version(ssl)));
  return versions;
}

std::vector<unsigned char> SessionId(SSL* ssl) {
  const unsigned char* id = nullptr;
  const size_t size = SSL_client_hello_get0_session_id(ssl, &id);
  return {id, id + size};
}

// RFC 5077, section 3.2: an empty one only says that the client takes tickets.
bool HasSessionTicket(SSL* ssl) {
  const auto extension = Extension(ssl, TLSEXT_TYPE_session_ticket);
  return extension.has_value() && !extension->AtEnd();
}

}  // namespace

ClientHello ClientHelloReader::Result() const {
  return {
      ServerName(ssl_.get()),
      AlpnProtocols(ssl_.get()),
      IntegerList(ssl_.get(), TLSEXT_TYPE_signature_algorithms, 2),
      CipherSuites(ssl_.get()),
      SupportedVersions(ssl_.get()),
      IntegerList(ssl_.get(), TLSEXT_TYPE_supported_groups, 2),
      SessionId(ssl_.get()),
      HasSessionTicket(ssl_.get()),
  };
}

ClientHelloReader::Progress ClientHelloReader::Read(ByteView bytes) {
  ERR_clear_error();
  if (ssl_ == nullptr && !Begin()) {
    failure_ = alerts_.Describe("LATCHKEY_TLS_HANDSHAKE_FAILED");
    return Progress::kFailed;
  }
  transport_.Feed(bytes);
  const int result = SSL_do_handshake(ssl_.get());
  const int error = SSL_get_error(ssl_.get(), result);
  transport_.Keep();
  if (error == SSL_ERROR_WANT_CLIENT_HELLO_CB) return Progress::kComplete;
  if (error == SSL_ERROR_WANT_READ) return Progress::kIncomplete;
  failure_ = alerts_.Describe("LATCHKEY_TLS_HANDSHAKE_FAILED");
  return Progress::kFailed;
}

bool ClientHelloReader::Begin() {
  SSL_CTX* context = SharedContext();
  if (context == nullptr) return false;
  ssl_.reset(SSL_new(context));
  if (ssl_ == nullptr || !transport_.Attach(ssl_.get())) return false;
  SSL_set_accept_state(ssl_.get());
  alerts_.Attach(ssl_.get());
  return true;
}

SSL_CTX* ClientHelloReader::SharedContext() {
  static SSL_CTX* const context = [] {
    const LibraryContext* library = GetLibraryContext();
    SslContextPointer made(library == nullptr ? nullptr
                                              : SSL_CTX_new_ex(library->context, nullptr, TLS_server_method()));
    if (made != nullptr) SSL_CTX_set_client_hello_cb(made.get(), StopThere, nullptr);
    return made.release();
  }();
  return context;
}

// Called before anything in the message is acted on; makes SSL_do_handshake return, without an alert.
int ClientHelloReader::StopThere(SSL*, int*, void*) { return SSL_CLIENT_HELLO_RETRY; }

}  // namespace latchkey::tls
