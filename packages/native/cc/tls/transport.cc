#include "tls/transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace latchkey::tls {

namespace {

// Output most often goes to the kernel as soon as it is there: the next connection's can use the same memory. To have large
// blocks come and go with every write costs the allocator more than to write to them.
thread_local ByteQueue::Block spare;
constexpr size_t kLargestSpare = 512 * 1024;

void KeepSpare(ByteQueue::Block block) {
  if (block.capacity > spare.capacity && block.capacity <= kLargestSpare) spare = std::move(block);
}

}  // namespace

bool Transport::Attach(SSL* ssl) {
  static BIO_METHOD* const method = MakeMethod();
  if (method == nullptr) return false;
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return false;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  // Takes the one reference for both directions.
  SSL_set_bio(ssl, bio, bio);
  return true;
}

void Transport::Keep() {
  if (kept_read_ == kept_.size()) {
    // Gives the memory back too: an idle connection holds none.
    if (!kept_.empty()) kept_ = {};
    kept_read_ = 0;
  }
  kept_.insert(kept_.end(), lent_.data, lent_.data + lent_.size);
  lent_ = {};
}

void Transport::DropInput() {
  kept_ = {};
  kept_read_ = 0;
  lent_ = {};
}

void Transport::ReserveOutput(size_t size) {
  if (output_.empty()) output_.Adopt(std::exchange(spare, {}));
  output_.Reserve(size);
}

void Transport::SendOutput(int descriptor) {
  // Node ignores SIGPIPE; so does this where the system can be told to.
#ifdef MSG_NOSIGNAL
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
  constexpr int kFlags = MSG_DONTWAIT;
#endif
  if (output_.empty()) return;
  ssize_t sent = 0;
  do {
    sent = send(descriptor, output_.view().data, output_.size(), kFlags);
  } while (sent < 0 && errno == EINTR);
  if (sent <= 0) return;
  if (static_cast<size_t>(sent) == output_.size()) KeepSpare(output_.Release());
  else output_.Drop(static_cast<size_t>(sent));
  sent_ += static_cast<uint64_t>(sent);
}

void Transport::Clear() {
  DropInput();
  output_.Clear();
}

size_t Transport::ReadInput(unsigned char* to, size_t capacity) {
  if (kept_read_ < kept_.size()) {
    const size_t size = std::min(capacity, kept_.size() - kept_read_);
    std::memcpy(to, kept_.data() + kept_read_, size);
    kept_read_ += size;
    return size;
  }
  const size_t size = std::min(capacity, lent_.size);
  if (size == 0) return 0;
  std::memcpy(to, lent_.data, size);
  lent_ = {lent_.data + size, lent_.size - size};
  return size;
}

int Transport::Read(BIO* bio, char* to, size_t capacity, size_t* size) {
  BIO_clear_retry_flags(bio);
  auto& transport = *static_cast<Transport*>(BIO_get_data(bio));
  *size = transport.ReadInput(reinterpret_cast<unsigned char*>(to), capacity);
  if (*size > 0) return 1;
  BIO_set_retry_read(bio);
  return -1;
}

int Transport::Write(BIO* bio, const char* from, size_t size, size_t* written) {
  BIO_clear_retry_flags(bio);
  static_cast<Transport*>(BIO_get_data(bio))->output_.Append({reinterpret_cast<const uint8_t*>(from), size});
  *written = size;
  return 1;
}

long Transport::Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* Transport::MakeMethod() {
  const int index = BIO_get_new_index();
  if (index == -1) return nullptr;
  Owned<BIO_METHOD, BIO_meth_free> method(BIO_meth_new(index | BIO_TYPE_SOURCE_SINK, "latchkey transport"));
  if (method == nullptr || BIO_meth_set_read_ex(method.get(), Read) != 1 ||
      BIO_meth_set_write_ex(method.get(), Write) != 1 || BIO_meth_set_ctrl(method.get(), Control) != 1)
    return nullptr;
  return method.release();
}

}  // namespace latchkey::tls
