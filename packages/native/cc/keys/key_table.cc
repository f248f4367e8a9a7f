#include "keys/key_table.h"

#include <mutex>
#include <utility>

#include "support/never_destroyed.h"

namespace latchkey::keys {

KeyTable& KeyTable::OfProcess() {
  static NeverDestroyed<KeyTable> table;
  return *table;
}

uint32_t KeyTable::Add(std::shared_ptr<const Key> key) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  // A handle comes back only after 2^32 others, and never while it is in use.
  do {
    ++last_handle_;
  } while (last_handle_ == 0 || keys_.count(last_handle_) != 0);
  keys_.emplace(last_handle_, std::move(key));
  return last_handle_;
}

std::shared_ptr<const Key> KeyTable::Find(uint32_t handle) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const auto found = keys_.find(handle);
  return found == keys_.end() ? nullptr : found->second;
}

void KeyTable::Remove(uint32_t handle) {
  // The key is wiped, if this was its last owner, once the table can be used again.
  std::shared_ptr<const Key> removed;
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  const auto found = keys_.find(handle);
  if (found == keys_.end()) return;
  removed = std::move(found->second);
  keys_.erase(found);
}

}  // namespace latchkey::keys
