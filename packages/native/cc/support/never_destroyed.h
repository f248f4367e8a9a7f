#ifndef LATCHKEY_SUPPORT_NEVER_DESTROYED_H_
#define LATCHKEY_SUPPORT_NEVER_DESTROYED_H_

#include <new>
#include <type_traits>
#include <utility>

namespace latchkey {

// For objects that live as long as the process: their destructors would run at exit, where OpenSSL may have been
// cleaned up before them and other threads may still use them.
template <typename T>
class NeverDestroyed {
 public:
  template <typename... Arguments>
  explicit NeverDestroyed(Arguments&&... arguments) {
    new (&storage_) T(std::forward<Arguments>(arguments)...);
  }
  NeverDestroyed(const NeverDestroyed&) = delete;
  NeverDestroyed& operator=(const NeverDestroyed&) = delete;

  T& operator*() { return *std::launder(reinterpret_cast<T*>(&storage_)); }
  T* operator->() { return &**this; }

 private:
  std::aligned_storage_t<sizeof(T), alignof(T)> storage_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_NEVER_DESTROYED_H_
