#ifndef LATCHKEY_SUPPORT_WORDS_H_
#define LATCHKEY_SUPPORT_WORDS_H_

#include <cstddef>
#include <cstdint>

namespace latchkey {

// difference = minuend - subtrahend, all of `count` words, the least significant first; `difference` may be one of the
// others. Returns 1 if the minuend was the smaller one, else 0. In constant time.
inline uint64_t Subtract(const uint64_t* minuend, const uint64_t* subtrahend, uint64_t* difference, size_t count) {
  uint64_t borrow = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto step = static_cast<unsigned __int128>(minuend[i]) - subtrahend[i] - borrow;
    difference[i] = static_cast<uint64_t>(step);
    borrow = static_cast<uint64_t>(step >> 64) & 1;
  }
  return borrow;
}

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_WORDS_H_
