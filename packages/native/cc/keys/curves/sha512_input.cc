#include "keys/curves/sha512_input.h"

#include <algorithm>
#include <cstring>

namespace latchkey::keys::curves {

namespace {

constexpr uint8_t kEndOfInput = 0x80;
// Of 128 bits of which a message of this machine needs no more than 64.
constexpr size_t kLengthOfLength = 16;

// What of `part`, which begins `offset` bytes into the input, is in the block.
void Copy(ByteView part, size_t offset, size_t start, uint8_t* block) {
  const size_t first = std::max(offset, start);
  const size_t end = std::min(offset + part.size, start + kSha512BlockLength);
  if (first < end) memcpy(block + (first - start), part.data + (first - offset), end - first);
}

}  // namespace

size_t Sha512Input::BlockCount() const {
  return (Length() + sizeof(kEndOfInput) + kLengthOfLength + kSha512BlockLength - 1) / kSha512BlockLength;
}

void Sha512Input::WriteBlock(size_t index, uint64_t (&block)[kSha512BlockLength / sizeof(uint64_t)]) const {
  const size_t start = index * kSha512BlockLength;
  auto* bytes = reinterpret_cast<uint8_t*>(block);
  memset(bytes, 0, kSha512BlockLength);
  Copy(head_, 0, start, bytes);
  Copy(message_, head_.size, start, bytes);
  Copy({&kEndOfInput, sizeof(kEndOfInput)}, Length(), start, bytes);
  if (index + 1 == BlockCount()) {
    const uint64_t bits = __builtin_bswap64(uint64_t{Length()} * 8);
    memcpy(bytes + kSha512BlockLength - sizeof(bits), &bits, sizeof(bits));
  }
}

}  // namespace latchkey::keys::curves
