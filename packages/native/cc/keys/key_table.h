#ifndef LATCHKEY_KEYS_KEY_TABLE_H_
#define LATCHKEY_KEYS_KEY_TABLE_H_

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "keys/key.h"

namespace latchkey::keys {

// The keys of this process by their handles, the same in every thread. Whoever has found a key holds it until done
// with it, whether or not it is still in the table.
class KeyTable {
 public:
  static KeyTable& OfProcess();

  // Handles are never 0.
  uint32_t Add(std::shared_ptr<const Key> key);
  // Null if there is none.
  std::shared_ptr<const Key> Find(uint32_t handle) const;
  void Remove(uint32_t handle);

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<uint32_t, std::shared_ptr<const Key>> keys_;
  uint32_t last_handle_ = 0;
};

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_KEY_TABLE_H_
