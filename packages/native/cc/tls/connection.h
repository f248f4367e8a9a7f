#ifndef LATCHKEY_TLS_CONNECTION_H_
#define LATCHKEY_TLS_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/byte_queue.h"
#include "tls/client_hello.h"
#include "tls/context.h"
#include "tls/delegated_credential.h"
#include "tls/failure.h"
#include "tls/fiber.h"
#include "tls/message_limit.h"
#include "tls/private_key_holder.h"
#include "tls/session_exchange.h"
#include "tls/transport.h"

namespace latchkey::tls {

// The bits of TlsFlag in src/tls-server-connection.ts.
enum Flag : uint32_t {
  kOutput = 1,
  kPlaintext = 2,
  kRequest = 4,
  kEstablished = 8,
  kError = 16,
  kEnd = 32,
};
// How many bits they take.
constexpr unsigned kFlagBits = 6;

// What a paused handshake waits for.
struct Request {
  enum class Type { kClientHello, kSign, kDecrypt };

  uint32_t id = 0;
  Type type = Type::kClientHello;
  bool taken = false;
  // kClientHello.
  ClientHello client_hello;
  // kSign and kDecrypt: the key that they are for. Belongs to the context.
  size_t certificate_index = 0;
  // kSign; kDecrypt uses `input` for the ciphertext. The bytes are OpenSSL's and stay while the fiber is suspended.
  const char* protocol = nullptr;
  const char* scheme = nullptr;
  ByteView input;
  unsigned client_version = 0;
};

struct ConnectionInfo {
  const char* protocol = nullptr;
  const char* cipher = nullptr;
  const char* group = nullptr;
  const char* signature_scheme = nullptr;
  // Whether a delegated credential's key has signed the handshake.
  bool delegated = false;
  bool resumed = false;
  std::optional<std::string> alpn_protocol;
  std::optional<std::string> server_name;
};

// The server's end of one TLS connection: see TlsServerConnection in src/tls-server-connection.ts, which this is the
// inside of. The handshake runs on a fiber, so that the provider can wait for the private key in the midst of it; after
// the handshake nothing needs the key, nor a fiber.
class Connection final : private PrivateKeyHolder {
 public:
  // Without a context, the connection asks for one when it has read the ClientHello.
  Connection(std::shared_ptr<Context> context, size_t maximum_pending_input);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // These answer flags, as all that moves the connection does.
  uint32_t Receive(ByteView bytes);
  // The same, but as much plaintext as fits goes to `into`, where nothing else waits to be taken; `length`: how much.
  uint32_t ReceiveInto(ByteView bytes, ByteSpan into, size_t* length);
  uint32_t ReceiveEnd();
  uint32_t Write(ByteView plaintext);
  uint32_t End();
  // Sends output to a socket: see Transport.
  uint32_t SendOutput(int descriptor);

  // The request waited for, null when there is none.
  const Request* request() const { return request_.has_value() ? &*request_ : nullptr; }
  // The same the first time, null from then on.
  const Request* TakeRequest();
  // Answers to the request waited for, which must be of the right type.
  // `session`: what is kept under the id in the ClientHello; empty: nothing.
  uint32_t FinishWithContext(std::shared_ptr<Context> context, ByteView session);
  uint32_t FinishWithBytes(ByteView answer);
  uint32_t RefuseServerName();
  uint32_t FailRequest();

  // For the visitor, and from them.
  ByteQueue& output() { return transport_.output(); }
  ByteQueue& plaintext() { return plaintext_; }
  uint64_t bytes_sent() const { return transport_.sent(); }

  // The session that the handshake has begun and that is resumed by its id, once, if the context exports sessions.
  std::optional<ExportedSession> TakeSession() { return sessions_.Take(); }

  void Abort();

  bool established() const { return established_; }
  // Neither established nor failed, so far.
  bool handshaking() const {
    return state_ != State::kEstablished && state_ != State::kFailed && state_ != State::kAborted;
  }
  // Null while nothing has failed.
  const Failure* failure() const { return failure_.has_value() ? &*failure_ : nullptr; }
  // That the visitor sent, once a site's SSL has read it.
  std::optional<std::string> ServerName() const;
  ConnectionInfo Info() const;

  // Connections not yet aborted, in all threads.
  static size_t live_count();

 private:
  enum class State {
    kReadingClientHello,
    kAwaitingContext,
    // Waits for bytes from the visitor.
    kHandshaking,
    // Suspended on a fiber.
    kAwaitingKey,
    kEstablished,
    kFailed,
    kAborted,
  };

  // PrivateKeyHolder: called by the provider, on the fiber.
  size_t Sign(const char* scheme, ByteView message, unsigned char* signature, size_t capacity) override;
  bool DecryptPremaster(ByteView ciphertext, unsigned client_version, size_t modulus_length,
                        unsigned char (&premaster)[kPremasterLength]) override;
  Delegation& delegation() override { return delegation_; }
  // Suspends until the request is answered; no answer is empty.
  ByteView Ask(Request request);

  void ReadClientHello(ByteView bytes);
  bool MakeSsl();
  void ContinueHandshake();
  void ResumeHandshake(ByteView answer);
  // Lets the fiber run until it suspends or the handshake can do no more for now.
  void Step();
  void FailHandshake();
  void ReadPlaintext();
  // Where the next of it goes.
  ByteSpan RoomForPlaintext();

  // Has a suspended handshake fail, which ends its fiber.
  void Abandon();
  // Ends a handshake that is under way for a reason of our own, with the failure's alert if it has one.
  void GiveUp(Failure failure);
  void Fail(Failure failure);
  uint32_t Flags() const;

  static void HandshakeBody(void* self);

  State state_;
  std::shared_ptr<Context> context_;
  const size_t maximum_pending_input_;
  Transport transport_;
  AlertRecorder alerts_;
  MessageLimit messages_{transport_};
  SessionExchange sessions_;
  // Declared after what it uses, and so freed before it.
  SslPointer ssl_;
  std::unique_ptr<ClientHelloReader> client_hello_reader_;
  ByteQueue plaintext_;
  // Where plaintext goes before it is queued: what is left of the memory that ReceiveInto was given.
  ByteSpan lent_;

  Fiber::Pointer fiber_;
  std::optional<Request> request_;
  uint32_t last_request_id_ = 0;
  // To the request that the fiber waits for, while it is being resumed.
  ByteView answer_;
  std::optional<Request::Type> failed_operation_;
  // How SSL_do_handshake came back, and how much output there was when it was last let go on.
  int handshake_error_ = SSL_ERROR_NONE;
  size_t output_before_step_ = 0;

  Delegation delegation_;
  const char* signature_scheme_ = nullptr;
  std::optional<Failure> failure_;
  bool established_ = false;
  bool input_ended_ = false;
  bool plaintext_ended_ = false;
  bool close_notify_sent_ = false;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_CONNECTION_H_
