#include "tls/connection.h"

#include <openssl/err.h>

#include <algorithm>
#include <atomic>

#include "tls/premaster.h"

namespace latchkey::tls {

namespace {

constexpr char kHandshakeFailed[] = "LATCHKEY_TLS_HANDSHAKE_FAILED";
constexpr char kConnectionFailed[] = "LATCHKEY_TLS_CONNECTION_FAILED";
constexpr char kVisitorLeft[] = "LATCHKEY_TLS_VISITOR_LEFT";
constexpr char kNoSuchSite[] = "LATCHKEY_TLS_NO_SUCH_SITE";
constexpr char kOperationFailed[] = "LATCHKEY_TLS_OPERATION_FAILED";
constexpr char kInputTooLarge[] = "LATCHKEY_TLS_INPUT_TOO_LARGE";

constexpr char kLeftEarly[] = "the visitor left during the handshake";
constexpr char kTooManyMessages[] = "too many handshake messages without application data";
constexpr char kUnanswered[] = "the request was not answered, or with bytes of an impossible length";

std::atomic<size_t> live_connections = 0;

// At most, and somewhat more: every record adds its header, what the cipher does, and at most a block of padding.
size_t EncryptedSize(size_t plaintext_size) {
  constexpr size_t kOverhead = 96;
  return plaintext_size + (plaintext_size / SSL3_RT_MAX_PLAIN_LENGTH + 1) * kOverhead;
}

}  // namespace

Connection::Connection(std::shared_ptr<Context> context, size_t maximum_pending_input)
    : state_(context == nullptr ? State::kReadingClientHello : State::kHandshaking),
      context_(std::move(context)),
      maximum_pending_input_(maximum_pending_input) {
  ++live_connections;
}

Connection::~Connection() { Abort(); }

size_t Connection::live_count() { return live_connections; }

uint32_t Connection::Receive(ByteView bytes) {
  switch (state_) {
    case State::kReadingClientHello:
      transport_.Feed(bytes);
      transport_.Keep();
      ReadClientHello(bytes);
      break;
    case State::kHandshaking:
      transport_.Feed(bytes);
      ContinueHandshake();
      break;
    case State::kEstablished:
      if (plaintext_ended_) break;
      transport_.Feed(bytes);
      ReadPlaintext();
      break;
    case State::kAwaitingContext:
    case State::kAwaitingKey:
      transport_.Feed(bytes);
      break;
    case State::kFailed:
    case State::kAborted:
      break;
  }
  transport_.Keep();
  // What is unread is for later: the handshake is paused, or has no context yet.
  if (transport_.unread() > maximum_pending_input_)
    GiveUp({kInputTooLarge, kInternalError, "too much input while the handshake is paused"});
  return Flags();
}

uint32_t Connection::ReceiveInto(ByteView bytes, ByteSpan into, size_t* length) {
  if (plaintext_.empty()) lent_ = into;
  const size_t room = lent_.size;
  const uint32_t flags = Receive(bytes);
  *length = room - lent_.size;
  lent_ = {};
  return flags;
}

uint32_t Connection::SendOutput(int descriptor) {
  transport_.SendOutput(descriptor);
  return Flags();
}

uint32_t Connection::ReceiveEnd() {
  input_ended_ = true;
  switch (state_) {
    case State::kEstablished:
      plaintext_ended_ = true;
      break;
    case State::kAwaitingKey:
      // With a decryption the visitor's part of the handshake may all be here; with a signature it cannot be.
      if (request_->type == Request::Type::kDecrypt) break;
      [[fallthrough]];
    case State::kReadingClientHello:
    case State::kAwaitingContext:
    case State::kHandshaking:
      GiveUp({kVisitorLeft, std::nullopt, kLeftEarly});
      break;
    case State::kFailed:
    case State::kAborted:
      break;
  }
  return Flags();
}

uint32_t Connection::Write(ByteView plaintext) {
  if (state_ != State::kEstablished || close_notify_sent_ || plaintext.size == 0) return Flags();
  ERR_clear_error();
  transport_.ReserveOutput(EncryptedSize(plaintext.size));
  size_t written = 0;
  // The transport takes everything, so that a short write is a failure.
  if (SSL_write_ex(ssl_.get(), plaintext.data, plaintext.size, &written) != 1)
    Fail(alerts_.Describe(kConnectionFailed));
  return Flags();
}

uint32_t Connection::End() {
  if (state_ != State::kEstablished || close_notify_sent_) return Flags();
  close_notify_sent_ = true;
  ERR_clear_error();
  if (SSL_shutdown(ssl_.get()) < 0) Fail(alerts_.Describe(kConnectionFailed));
  return Flags();
}

uint32_t Connection::FinishWithContext(std::shared_ptr<Context> context, ByteView session) {
  request_.reset();
  context_ = std::move(context);
  sessions_.Offer(session);
  ContinueHandshake();
  transport_.Keep();
  return Flags();
}

uint32_t Connection::FinishWithBytes(ByteView answer) {
  ResumeHandshake(answer);
  transport_.Keep();
  return Flags();
}

uint32_t Connection::RefuseServerName() {
  GiveUp({kNoSuchSite, kUnrecognizedName, "no site has the server name"});
  return Flags();
}

uint32_t Connection::FailRequest() {
  GiveUp({kOperationFailed, kInternalError, kUnanswered});
  return Flags();
}

const Request* Connection::TakeRequest() {
  if (!request_.has_value() || std::exchange(request_->taken, true)) return nullptr;
  return &*request_;
}

void Connection::Abort() {
  if (state_ == State::kAborted) return;
  Abandon();
  // Or OpenSSL would forget the session (RFC 5246, section 7.2.1, no longer asks for that).
  if (state_ == State::kEstablished) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  state_ = State::kAborted;
  request_.reset();
  ssl_.reset();
  client_hello_reader_.reset();
  context_.reset();
  transport_.Clear();
  plaintext_.Clear();
  --live_connections;
}

std::optional<std::string> Connection::ServerName() const {
  const char* name = ssl_ == nullptr ? nullptr : SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::nullopt : std::optional<std::string>(name);
}

ConnectionInfo Connection::Info() const {
  ConnectionInfo info;
  info.signature_scheme = signature_scheme_;
  info.delegated = delegation_.credential() != nullptr;
  if (ssl_ == nullptr) return info;
  info.server_name = ServerName();
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  if (cipher == nullptr) return info;
  info.protocol = SSL_get_version(ssl_.get());
  info.cipher = SSL_CIPHER_standard_name(cipher);
  info.resumed = SSL_session_reused(ssl_.get()) == 1;
  // 0: no group took part.
  const auto group = static_cast<int>(SSL_get_negotiated_group(ssl_.get()));
  if (group != 0) info.group = SSL_group_to_name(ssl_.get(), group);
  const unsigned char* protocol = nullptr;
  unsigned protocol_length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &protocol_length);
  if (protocol_length > 0) info.alpn_protocol.emplace(reinterpret_cast<const char*>(protocol), protocol_length);
  return info;
}

void Connection::ReadClientHello(ByteView bytes) {
  if (client_hello_reader_ == nullptr) client_hello_reader_ = std::make_unique<ClientHelloReader>();
  switch (client_hello_reader_->Read(bytes)) {
    case ClientHelloReader::Progress::kIncomplete:
      return;
    case ClientHelloReader::Progress::kComplete:
      state_ = State::kAwaitingContext;
      request_.emplace();
      request_->id = ++last_request_id_;
      request_->client_hello = client_hello_reader_->Result();
      break;
    case ClientHelloReader::Progress::kFailed:
      std::swap(transport_.output(), client_hello_reader_->output());
      // A copy: it goes away with its reader.
      Fail(Failure(client_hello_reader_->failure()));
      break;
  }
  client_hello_reader_.reset();
}

void Connection::ContinueHandshake() {
  ERR_clear_error();
  if (ssl_ == nullptr && !MakeSsl()) {
    Fail(alerts_.Describe(kHandshakeFailed));
    return;
  }
  fiber_ = Fiber::Acquire(HandshakeBody, this);
  if (fiber_ == nullptr) {
    Fail({kHandshakeFailed, std::nullopt, "no memory for a stack"});
    return;
  }
  Step();
}

void Connection::ResumeHandshake(ByteView answer) {
  request_.reset();
  answer_ = answer;
  Step();
}

bool Connection::MakeSsl() {
  ssl_ = context_->NewSsl();
  if (ssl_ == nullptr || !transport_.Attach(ssl_.get()) || !sessions_.Attach(ssl_.get())) return false;
  SSL_set_accept_state(ssl_.get());
  alerts_.Attach(ssl_.get());
  return true;
}

void Connection::HandshakeBody(void* argument) {
  auto& self = *static_cast<Connection*>(argument);
  const int result = SSL_do_handshake(self.ssl_.get());
  // Looks at the error queue, which belongs to the thread: not to be put off.
  self.handshake_error_ = SSL_get_error(self.ssl_.get(), result);
}

void Connection::Step() {
  output_before_step_ = transport_.output().size();
  // What other handshakes have left on the queue would be taken for this one's.
  ERR_clear_error();
  bool finished;
  {
    const PrivateKeyHolder::Scope scope(this);
    finished = fiber_->Run();
  }
  if (!finished) {
    // Node's own crypto reads the queue too.
    ERR_clear_error();
    state_ = State::kAwaitingKey;
    return;
  }
  fiber_.reset();
  switch (handshake_error_) {
    case SSL_ERROR_NONE:
      state_ = State::kEstablished;
      established_ = true;
      messages_.Attach(ssl_.get());
      // The visitor may have sent more along with its Finished.
      ReadPlaintext();
      break;
    case SSL_ERROR_WANT_READ:
      state_ = State::kHandshaking;
      if (input_ended_) GiveUp({kVisitorLeft, std::nullopt, kLeftEarly});
      break;
    default:
      FailHandshake();
      break;
  }
}

void Connection::FailHandshake() {
  Failure failure = alerts_.Describe(kHandshakeFailed);
  if (failed_operation_.has_value()) {
    failure.code = kOperationFailed;
    failure.reason = kUnanswered;
  }
  if (failed_operation_ == Request::Type::kDecrypt) {
    // OpenSSL blames the visitor for it with decrypt_error. Nothing is encrypted yet, so the alert can be replaced.
    transport_.output().Truncate(output_before_step_);
    AppendPlaintextAlert(transport_.output(), kInternalError);
    failure.alert = kInternalError;
  }
  Fail(std::move(failure));
}

size_t Connection::Sign(const char* scheme, ByteView message, unsigned char* signature, size_t capacity) {
  if (const DelegatedCredential* credential = delegation_.credential()) {
    signature_scheme_ = scheme;
    return credential->key->Sign(scheme, message, signature, capacity);
  }
  Request request;
  request.type = Request::Type::kSign;
  request.certificate_index = context_->ChosenCertificate(ssl_.get());
  request.protocol = SSL_get_version(ssl_.get());
  request.scheme = scheme;
  request.input = message;
  const ByteView answer = Ask(std::move(request));
  if (answer.size == 0 || answer.size > capacity) {
    failed_operation_ = Request::Type::kSign;
    return 0;
  }
  signature_scheme_ = scheme;
  std::copy(answer.data, answer.data + answer.size, signature);
  return answer.size;
}

bool Connection::DecryptPremaster(ByteView ciphertext, unsigned client_version, size_t modulus_length,
                                  unsigned char (&premaster)[kPremasterLength]) {
  Request request;
  request.type = Request::Type::kDecrypt;
  request.certificate_index = context_->ChosenCertificate(ssl_.get());
  request.input = ciphertext;
  request.client_version = client_version;
  const ByteView answer = Ask(std::move(request));
  if (TakePremaster(answer, modulus_length, client_version, premaster)) return true;
  failed_operation_ = Request::Type::kDecrypt;
  return false;
}

ByteView Connection::Ask(Request request) {
  request.id = ++last_request_id_;
  request_ = std::move(request);
  Fiber::Suspend();
  return std::exchange(answer_, {});
}

void Connection::ReadPlaintext() {
  ERR_clear_error();
  for (;;) {
    const ByteSpan to = RoomForPlaintext();
    size_t read = 0;
    const int result = SSL_read_ex(ssl_.get(), to.data, to.size, &read);
    if (lent_.size > 0) lent_ = {lent_.data + read, lent_.size - read};
    else plaintext_.Grow(read);
    if (result == 1) {
      messages_.Reset();
      continue;
    }
    if (plaintext_.empty()) plaintext_.Clear();
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        plaintext_ended_ = input_ended_;
        if (messages_.exceeded()) Fail({kConnectionFailed, std::nullopt, kTooManyMessages});
        break;
      case SSL_ERROR_ZERO_RETURN:
        plaintext_ended_ = true;
        // Nothing that comes after a close_notify counts (RFC 8446, section 6.1).
        transport_.DropInput();
        break;
      default:
        Fail(alerts_.Describe(kConnectionFailed));
        break;
    }
    return;
  }
}

ByteSpan Connection::RoomForPlaintext() {
  constexpr size_t kSmallest = 1024;
  if (lent_.size > 0) return lent_;
  // At first for all that may come of it, the rest of a record that OpenSSL has the beginning of included: what is long is
  // not to be moved about.
  const bool is_long = plaintext_.empty() && transport_.unread() > kSmallest;
  const size_t size = is_long ? transport_.unread() + SSL3_RT_MAX_PLAIN_LENGTH : kSmallest;
  unsigned char* const to = plaintext_.Reserve(size);
  return {to, plaintext_.room()};
}

void Connection::Abandon() {
  while (state_ == State::kAwaitingKey) ResumeHandshake({});
}

void Connection::GiveUp(Failure failure) {
  if (state_ == State::kAwaitingKey) {
    // OpenSSL sends the alert, since it knows what is encrypted by now.
    Abandon();
    failure.alert = failure_->alert;
  } else if (failure.alert.has_value()) {
    AppendPlaintextAlert(transport_.output(), *failure.alert);
  }
  Fail(std::move(failure));
}

void Connection::Fail(Failure failure) {
  state_ = State::kFailed;
  request_.reset();
  client_hello_reader_.reset();
  transport_.DropInput();
  failure_ = std::move(failure);
}

uint32_t Connection::Flags() const {
  uint32_t flags = 0;
  if (state_ == State::kAborted) return flags;
  if (!transport_.output().empty()) flags |= kOutput;
  if (!plaintext_.empty()) flags |= kPlaintext;
  if (request_.has_value() && !request_->taken) flags |= kRequest;
  if (established_) flags |= kEstablished;
  if (failure_.has_value()) flags |= kError;
  if (plaintext_ended_) flags |= kEnd;
  return flags;
}

}  // namespace latchkey::tls
