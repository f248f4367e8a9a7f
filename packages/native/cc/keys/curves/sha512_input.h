#ifndef LATCHKEY_KEYS_CURVES_SHA512_INPUT_H_
#define LATCHKEY_KEYS_CURVES_SHA512_INPUT_H_

#include <cstddef>
#include <cstdint>

#include "support/bytes.h"

namespace latchkey::keys::curves {

inline constexpr size_t kSha512BlockLength = 128;

// The blocks of which SHA-512 is made: some 64-bit words, whose bytes are taken in this machine's order, then a message,
// then padding (FIPS 180-4, section 5.1.2). Its times depend on lengths only.
class Sha512Input {
 public:
  Sha512Input(const uint64_t* head, size_t head_words, ByteView message)
      : head_{reinterpret_cast<const uint8_t*>(head), head_words * sizeof(uint64_t)}, message_(message) {}

  size_t BlockCount() const;
  void WriteBlock(size_t index, uint64_t (&block)[kSha512BlockLength / sizeof(uint64_t)]) const;

 private:
  size_t Length() const { return head_.size + message_.size; }

  const ByteView head_;
  const ByteView message_;
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_SHA512_INPUT_H_
