#include "tls/message_limit.h"

namespace latchkey::tls {

namespace {

bool IsKeyUpdate(ByteView message) { return message.size > 0 && message.data[0] == SSL3_MT_KEY_UPDATE; }

// A request for renegotiation is known by its refusal (RFC 5246, section 7.2.2).
bool IsRefusal(ByteView alert) {
  return alert.size == 2 && alert.data[0] == SSL3_AL_WARNING && alert.data[1] == SSL_AD_NO_RENEGOTIATION;
}

}  // namespace

void MessageLimit::Attach(SSL* ssl) {
  SSL_set_msg_callback(ssl, OnMessage);
  SSL_set_msg_callback_arg(ssl, this);
}

void MessageLimit::OnMessage(int is_sent, int, int content_type, const void* bytes, size_t length, SSL*, void* limit) {
  const ByteView message{static_cast<const unsigned char*>(bytes), length};
  const bool counts = is_sent == 0 ? content_type == SSL3_RT_HANDSHAKE && IsKeyUpdate(message)
                                   : content_type == SSL3_RT_ALERT && IsRefusal(message);
  if (!counts) return;
  auto& self = *static_cast<MessageLimit*>(limit);
  ++self.count_;
  if (self.exceeded()) self.transport_.DropInput();
}

}  // namespace latchkey::tls
