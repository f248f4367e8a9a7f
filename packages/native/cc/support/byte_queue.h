#ifndef LATCHKEY_SUPPORT_BYTE_QUEUE_H_
#define LATCHKEY_SUPPORT_BYTE_QUEUE_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "support/bytes.h"

namespace latchkey {

// Bytes that are appended at the one end and taken at the other. Unlike a vector it does not write to memory before
// there is something to write, and an empty one holds none.
class ByteQueue {
 public:
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  // Room for so many bytes behind the last; those that were written there become part of the queue by `Grow`.
  unsigned char* Reserve(size_t size) {
    if (capacity_ - end_ < size) Reallocate(size);
    return bytes_.get() + end_;
  }
  void Grow(size_t size) { end_ += size; }
  // How much room there is without asking for more.
  size_t room() const { return capacity_ - end_; }

  void Append(ByteView bytes) {
    if (bytes.size == 0) return;
    std::memcpy(Reserve(bytes.size), bytes.data, bytes.size);
    Grow(bytes.size);
  }

  // Memory without what was in it.
  struct Block {
    std::unique_ptr<unsigned char[]> bytes;
    size_t capacity = 0;
  };
  // Forgets everything and gives up the memory, for a queue to come.
  Block Release() {
    begin_ = end_ = 0;
    return {std::move(bytes_), std::exchange(capacity_, 0)};
  }
  // Uses such memory from now on; for a queue that is empty.
  void Adopt(Block block) {
    Clear();
    bytes_ = std::move(block.bytes);
    capacity_ = block.capacity;
  }

  // Forgets all but the first `size` bytes.
  void Truncate(size_t size) { end_ = begin_ + std::min(size, this->size()); }

  // All of them, until the queue is changed.
  ByteView view() const { return {bytes_.get() + begin_, size()}; }

  // Forgets the first `size` bytes, which there must be.
  void Drop(size_t size) {
    begin_ += size;
    if (empty()) Clear();
  }

  // Moves as many bytes as there are and fit, and returns how many.
  size_t Take(unsigned char* to, size_t capacity) {
    const size_t taken = std::min(capacity, size());
    if (taken == 0) return 0;
    std::memcpy(to, bytes_.get() + begin_, taken);
    Drop(taken);
    return taken;
  }

  void Clear() {
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }

 private:
  void Reallocate(size_t size) {
    const size_t capacity = std::max(this->size() + size, 2 * this->size());
    // Not make_unique, which would write zeros first.
    std::unique_ptr<unsigned char[]> bytes(new unsigned char[capacity]);
    if (!empty()) std::memcpy(bytes.get(), bytes_.get() + begin_, this->size());
    end_ -= begin_;
    begin_ = 0;
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<unsigned char[]> bytes_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_BYTE_QUEUE_H_
