#ifndef LATCHKEY_TLS_FIBER_H_
#define LATCHKEY_TLS_FIBER_H_

#include <cstddef>
#include <memory>

namespace latchkey::tls {

// A function on a stack of its own that can be suspended half-way, however deep in OpenSSL, and resumed later. A fiber
// belongs to the thread that acquired it. No JavaScript runs on one, ever: V8 would take it for a stack overflow.
class Fiber {
 public:
  struct Returner {
    void operator()(Fiber* fiber) const;
  };
  // Gives the fiber back to its thread's pool. Only one that has finished may be given back.
  using Pointer = std::unique_ptr<Fiber, Returner>;

  // Null when there is no memory for a stack.
  static Pointer Acquire();

  // Begins with `body(argument)`. Returns true when it has finished, false when it has suspended.
  bool Start(void (*body)(void*), void* argument);
  // Goes on after the suspension. Returns as Start does.
  bool Resume();

  // Called on a fiber: makes its Start or Resume return false, and itself returns at the next Resume.
  static void Suspend();

  struct Statistics {
    // Of all threads.
    size_t in_use;
    size_t pooled;
    // In bytes, of the stacks pooled in the calling thread.
    size_t stack_high_water_mark;
  };
  static Statistics GetStatistics();

  virtual ~Fiber() = default;

 protected:
  Fiber() = default;
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_FIBER_H_
