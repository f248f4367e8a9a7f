#ifndef LATCHKEY_TLS_FIBER_STACK_H_
#define LATCHKEY_TLS_FIBER_STACK_H_

#include <cstddef>

namespace latchkey::tls {

// Memory for a fiber's stack, with a page below it that nothing may touch. Only pages that were touched take memory.
class FiberStack {
 public:
  FiberStack();
  ~FiberStack();
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;

  // False where the system had no memory.
  bool valid() const { return mapping_ != nullptr; }
  unsigned char* bottom() const;
  size_t size() const;

  // How many bytes have ever been used, rounded up to whole pages.
  size_t HighWaterMark() const;

 private:
  void Unmap();

  unsigned char* mapping_ = nullptr;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_FIBER_STACK_H_
