#ifndef LATCHKEY_SUPPORT_WIPE_STACK_H_
#define LATCHKEY_SUPPORT_WIPE_STACK_H_

#include <openssl/crypto.h>

#include <cstddef>

namespace latchkey {

// Overwrites that many bytes of the stack below the caller's frame: where the functions that it has just called kept
// secrets. It works by being a function of its own, whose frame lies where theirs lay.
template <size_t kSize>
__attribute__((noinline)) void WipeStackBelow() {
  unsigned char room[kSize];
  OPENSSL_cleanse(room, kSize);
}

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_WIPE_STACK_H_
