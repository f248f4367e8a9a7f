#ifndef LATCHKEY_TLS_FIBER_H_
#define LATCHKEY_TLS_FIBER_H_

#include <cstddef>
#include <memory>

#include "tls/fiber_stack.h"
#include "tls/fiber_switch.h"

namespace latchkey::tls {

// A function on a stack of its own that can be suspended half-way, however deep in OpenSSL, and resumed later. A fiber
// belongs to the thread that acquired it. No JavaScript runs on one, ever: V8 would take it for a stack overflow.
class Fiber {
 public:
  struct Returner {
    void operator()(Fiber* fiber) const;
  };
  // Gives the fiber back to its thread's pool, which is only allowed once it has finished.
  using Pointer = std::unique_ptr<Fiber, Returner>;

  // A fiber that will run `body(argument)`. Null when there is no memory for a stack.
  static Pointer Acquire(void (*body)(void*), void* argument);

  // Begins, or goes on after the suspension. Returns true when the body has finished, false when it has suspended.
  bool Run();

  // Called on a fiber: makes its Run return false, and itself returns at the next Run.
  static void Suspend();

  struct Statistics {
    // Of all threads.
    size_t in_use;
    size_t pooled;
    // In bytes, of the stacks pooled in the calling thread.
    size_t stack_high_water_mark;
  };
  static Statistics GetStatistics();

  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

 private:
  class Pool;

  Fiber();

  [[noreturn]] static void Main();
  void Leave();

  static inline thread_local Fiber* current_ = nullptr;

  FiberStack stack_;
  ExecutionState inside_;
  ExecutionState outside_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool finished_ = false;
  // What AddressSanitizer wants to know.
  void* inside_fake_stack_ = nullptr;
  void* outside_fake_stack_ = nullptr;
  const void* outside_stack_ = nullptr;
  size_t outside_stack_size_ = 0;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_FIBER_H_
