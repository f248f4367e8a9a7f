#ifndef LATCHKEY_TLS_CLIENT_HELLO_H_
#define LATCHKEY_TLS_CLIENT_HELLO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tls/failure.h"
#include "tls/transport.h"

namespace latchkey::tls {

// What a ClientHello says that a choice of certificate may depend on.
struct ClientHello {
  std::optional<std::string> server_name;
  std::vector<std::string> alpn_protocols;
  std::vector<uint16_t> signature_schemes;
  std::vector<uint16_t> cipher_suites;
  std::vector<uint16_t> supported_versions;
  std::vector<uint16_t> supported_groups;
  std::vector<unsigned char> session_id;
  bool session_ticket = false;
};

// Reads the ClientHello before anybody knows which context will serve it: with an SSL of no site's, which is then thrown
// away; the site's own SSL reads the same bytes again. So the choice covers everything in a context, versions, ticket
// keys and session cache included (SSL_set_SSL_CTX would change little more than the certificate), no stack waits for
// it, and a second ClientHello after a HelloRetryRequest asks nobody.
class ClientHelloReader {
 public:
  enum class Progress { kIncomplete, kComplete, kFailed };

  // Bytes that follow those read before.
  Progress Read(ByteView bytes);

  // After kComplete.
  ClientHello Result() const;
  // After kFailed: why, and the alert that OpenSSL answers with.
  const Failure& failure() const { return failure_; }
  ByteQueue& output() { return transport_.output(); }

 private:
  static int StopThere(SSL* ssl, int* alert, void* argument);
  static SSL_CTX* SharedContext();
  bool Begin();

  Transport transport_;
  AlertRecorder alerts_;
  SslPointer ssl_;
  Failure failure_;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CLIENT_HELLO_H_
