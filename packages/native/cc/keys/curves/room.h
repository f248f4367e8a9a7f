#ifndef LATCHKEY_KEYS_CURVES_ROOM_H_
#define LATCHKEY_KEYS_CURVES_ROOM_H_

#include <memory>

#include "keys/curves/signing.h"
#include "support/openssl.h"

namespace latchkey::keys::curves {

// What an engine needs for `count` signatures; wiped.
class Room {
 public:
  Room(const EngineSizes& sizes, size_t count)
      : bytes_((count + sizes.lanes_beside + sizes.lanes - 1) / sizes.lanes * sizes.room + kRoomAlignment) {}

  void* get() {
    void* room = bytes_.data();
    size_t size = bytes_.size();
    return std::align(kRoomAlignment, size - kRoomAlignment, room, size);
  }

 private:
  SecretBytes bytes_;
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_ROOM_H_
