#ifndef LATCHKEY_SUPPORT_BYTES_H_
#define LATCHKEY_SUPPORT_BYTES_H_

#include <cstddef>
#include <cstdint>

namespace latchkey {

// Bytes that somebody else owns.
struct ByteView {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// Memory that somebody else owns, to be written to.
struct ByteSpan {
  uint8_t* data = nullptr;
  size_t size = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_BYTES_H_
