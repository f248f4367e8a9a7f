#ifndef LATCHKEY_TLS_TRANSPORT_H_
#define LATCHKEY_TLS_TRANSPORT_H_

#include <cstdint>
#include <vector>

#include "support/openssl.h"
#include "support/byte_queue.h"
#include "support/bytes.h"

namespace latchkey::tls {

// What stands for the socket below an SSL: input that has come and was not yet read, output that was not yet taken.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Makes the SSL read and write here; it must not outlive the transport. Returns false on failure.
  bool Attach(SSL* ssl);

  // Lends bytes to read, after those kept from before. What is unread must be kept before they go away.
  void Feed(ByteView bytes) { lent_ = bytes; }
  // Copies what was lent and is still unread.
  void Keep();
  // Forgets what is unread.
  void DropInput();
  // Bytes that have not been read.
  size_t unread() const { return kept_.size() - kept_read_ + lent_.size; }

  // Makes room for so many bytes of output.
  void ReserveOutput(size_t size);
  // Sends output to a socket, as much as that takes at once. What it does not take stays, be it for an error: whoever
  // writes to the socket next meets the same one.
  void SendOutput(int descriptor);
  // Bytes that were sent so.
  uint64_t sent() const { return sent_; }

  ByteQueue& output() { return output_; }
  const ByteQueue& output() const { return output_; }

  // Drops everything.
  void Clear();

 private:
  static int Read(BIO* bio, char* to, size_t capacity, size_t* size);
  static int Write(BIO* bio, const char* from, size_t size, size_t* written);
  static long Control(BIO* bio, int command, long number, void* pointer);
  static BIO_METHOD* MakeMethod();

  size_t ReadInput(unsigned char* to, size_t capacity);

  std::vector<unsigned char> kept_;
  size_t kept_read_ = 0;
  ByteView lent_;
  ByteQueue output_;
  uint64_t sent_ = 0;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_TRANSPORT_H_
