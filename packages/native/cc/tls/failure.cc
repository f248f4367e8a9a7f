#include "tls/failure.h"

#include <openssl/err.h>

namespace latchkey::tls {

void AlertRecorder::Attach(SSL* ssl) {
  SSL_set_app_data(ssl, this);
  SSL_set_info_callback(ssl, OnInfo);
}

void AlertRecorder::OnInfo(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_ALERT) == 0 || value >> 8 != SSL3_AL_FATAL) return;
  auto& recorder = *static_cast<AlertRecorder*>(SSL_get_app_data(ssl));
  ((where & SSL_CB_READ) != 0 ? recorder.received_ : recorder.sent_) = value & 0xff;
}

Failure AlertRecorder::Describe(const char* code) const {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  Failure failure{code, sent_, reason == nullptr ? "unspecified" : reason};
  if (received_.has_value()) {
    failure.code = "LATCHKEY_TLS_ALERT_RECEIVED";
    failure.alert = received_;
  }
  return failure;
}

void AppendPlaintextAlert(ByteQueue& output, int alert) {
  constexpr unsigned char kAlertContentType = 21;
  const unsigned char record[] = {
      kAlertContentType, 3, 3, 0, 2, SSL3_AL_FATAL, static_cast<unsigned char>(alert),
  };
  output.Append({record, sizeof record});
}

}  // namespace latchkey::tls
