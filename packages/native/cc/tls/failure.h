#ifndef LATCHKEY_TLS_FAILURE_H_
#define LATCHKEY_TLS_FAILURE_H_

#include <optional>
#include <string>

#include "support/byte_queue.h"
#include "support/openssl.h"

namespace latchkey::tls {

// Alerts that the connection sends of its own accord (RFC 8446, section 6).
inline constexpr int kInternalError = 80;
inline constexpr int kUnrecognizedName = 112;

// Why a connection failed. src/tls-server-connection.ts has the codes' meanings.
struct Failure {
  const char* code = nullptr;
  std::optional<int> alert;
  std::string reason;
};

// Remembers the fatal alert that ended a connection, whoever sent it.
class AlertRecorder {
 public:
  // The SSL must not outlive the recorder.
  void Attach(SSL* ssl);

  // The failure of an SSL call that has just returned: on the error queue is why, in `code` what it means unless the
  // visitor sent an alert. Empties the queue.
  Failure Describe(const char* code) const;

 private:
  static void OnInfo(const SSL* ssl, int where, int value);

  std::optional<int> sent_;
  std::optional<int> received_;
};

// Appends an alert that goes out before anything is encrypted (RFC 8446, section 5.1 and 6).
void AppendPlaintextAlert(ByteQueue& output, int alert);

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_FAILURE_H_
